-- name: used_idempotency_key
SELECT k.request_hash, k.message_id, k.answer
FROM truesend.idempotency_keys AS k
WHERE k.organization_id = :organization_id AND k.key = :key;
