-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_gateway_id
    ON scheduled_whatsapp_messages (gateway_message_id) WHERE gateway_message_id IS NOT NULL;

-- migrate:down
SELECT 1;
