-- name: session_at_gateway
-- One session of the organisation, and what its gateway calls it.
SELECT s.id, s.status, s.gateway,
       coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id::text) AS gateway_session_id
FROM whatsapp_sessions AS s
WHERE s.organization_id = :organization_id AND s.id = :session_id;
