-- migrate:up transaction:false
-- The oldest attempts first: what ATTEMPT_RETENTION_S deletes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS message_attempts_age
    ON truesend.message_attempts (finished_at, message_id, lease_token);

-- migrate:down
SELECT 1;
