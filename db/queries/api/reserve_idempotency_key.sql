-- name: reserve_idempotency_key
-- The first caller gets the row; one that comes at the same time waits here until the first has committed or given up.
INSERT INTO truesend.idempotency_keys (organization_id, key, request_hash, message_id, batch_id)
VALUES (:organization_id, :key, :request_hash, :message_id, :batch_id)
ON CONFLICT (organization_id, key) DO NOTHING
RETURNING true;
