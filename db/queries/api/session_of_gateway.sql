-- name: session_of_gateway
-- The session that a gateway calls by this name; two rows where the name is ambiguous.
SELECT s.id
FROM whatsapp_sessions AS s
WHERE s.gateway = :gateway
  AND coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id::text) = :gateway_session_id
LIMIT 2;
