-- migrate:up transaction:false
-- What goes where the view says, since the row itself names no session: nothing at all where all of them do.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_unbound
    ON scheduled_whatsapp_messages (organization_id, created_at DESC, id DESC) WHERE session_id IS NULL;

-- migrate:down
SELECT 1;
