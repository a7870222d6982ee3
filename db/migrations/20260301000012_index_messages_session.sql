-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_session
    ON scheduled_whatsapp_messages (session_id, created_at DESC, id DESC) WHERE session_id IS NOT NULL;

-- migrate:down
SELECT 1;
