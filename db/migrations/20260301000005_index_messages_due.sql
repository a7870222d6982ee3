-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_due
    ON scheduled_whatsapp_messages ((coalesce(next_attempt_at, scheduled_for)), id) WHERE status = 'pending';

-- migrate:down
SELECT 1;
