-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_list_by_status
    ON scheduled_whatsapp_messages (organization_id, status, created_at DESC, id DESC);

-- migrate:down
SELECT 1;
