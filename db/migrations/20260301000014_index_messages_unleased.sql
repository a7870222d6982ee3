-- migrate:up transaction:false
-- Accepted ones that wait for their confirmation, and what other programs left in `sending`.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_messages_unleased
    ON scheduled_whatsapp_messages (id)
    WHERE status = 'sending' AND lease_token IS NULL AND unconfirmed_at IS NULL;

-- migrate:down
SELECT 1;
