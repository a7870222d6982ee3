-- migrate:up transaction:false
-- By id, not by lease: a start and a new lease then touch no index (HOT). Few rows are leased at a time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_leased
    ON scheduled_whatsapp_messages (id) WHERE status = 'sending' AND lease_token IS NOT NULL;

-- migrate:down
SELECT 1;
