-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_age
    ON scheduled_whatsapp_messages (scheduled_for) WHERE status = 'pending';

-- migrate:down
SELECT 1;
