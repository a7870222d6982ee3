-- migrate:up transaction:false
-- Which session a gateway speaks of.
CREATE INDEX CONCURRENTLY IF NOT EXISTS truesend_sessions_gateway_id
    ON whatsapp_sessions (gateway, (coalesce(nullif(session_data ->> 'vps_session_id', ''), 'wa_' || id::text)));

-- migrate:down
SELECT 1;
