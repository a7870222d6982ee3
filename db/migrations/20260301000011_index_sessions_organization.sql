-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_sessions_organization
    ON whatsapp_sessions (organization_id, id);

-- migrate:down
SELECT 1;
