-- migrate:up transaction:false
-- Messages that have come to their end and still hold what they said, the oldest first: what MESSAGE_TEXT_RETENTION_S blanks.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_text_age
    ON scheduled_whatsapp_messages ((greatest(scheduled_for, sent_at, retried_at)))
    WHERE status IN ('sent', 'failed', 'cancelled') AND (message_content <> '[erased]' OR media_url IS NOT NULL);

-- migrate:down
SELECT 1;
