-- migrate:up transaction:false
-- What is claimed and has no answer yet, by gateway and session.
CREATE INDEX CONCURRENTLY IF NOT EXISTS dispatch_queue_in_flight
    ON truesend.dispatch_queue (gateway, session_id) WHERE claimed_at IS NOT NULL AND answered_at IS NULL;

-- migrate:down
SELECT 1;
