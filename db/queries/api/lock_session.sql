-- name: lock_session
-- One session of the organisation, locked for the transaction, and what its gateway calls it.
SELECT s.id, s.status, s.gateway, s.connected_at, s.phone_number,
       coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id::text) AS gateway_session_id
FROM whatsapp_sessions AS s
WHERE s.organization_id = :organization_id AND s.id = :session_id
FOR NO KEY UPDATE;
