-- migrate:up transaction:false
-- What became of a batch.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_batch
    ON scheduled_whatsapp_messages (batch_id, status) WHERE batch_id IS NOT NULL;

-- migrate:down
SELECT 1;
