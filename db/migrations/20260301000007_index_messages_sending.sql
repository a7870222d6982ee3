-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_sending
    ON scheduled_whatsapp_messages (lease_until, id) WHERE status = 'sending';

-- migrate:down
SELECT 1;
