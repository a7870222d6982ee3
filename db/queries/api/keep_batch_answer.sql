-- name: keep_batch_answer!
UPDATE truesend.idempotency_keys
SET answer = :answer
WHERE organization_id = :organization_id AND key = :key;
