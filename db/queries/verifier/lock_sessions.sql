-- name: lock_sessions
-- The sessions of a batch, and those that hold a phone number which the batch may take over, locked in the order of
-- their ids. Numbers are compared by their digits.
SELECT s.id, s.organization_id, s.status, s.gateway, s.version, s.phone_number, s.qr_code, s.qr_expires_at,
       s.connected_at, s.last_active_at, s.last_error, s.last_error_at, s.last_verified_at,
       coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id) AS gateway_session_id,
       coalesce(s.created_at > (SELECT a.recorded_at FROM truesend.adoption AS a), false) AS is_ours
FROM whatsapp_sessions AS s
WHERE s.id IN (
    SELECT unnest(:session_ids::uuid[])
    UNION
    SELECT h.id
    FROM whatsapp_sessions AS h
    WHERE h.organization_id = ANY (:organization_ids::uuid[])
      AND h.phone_number IS NOT NULL
      AND regexp_replace(h.phone_number, '[^0-9]', '', 'g') = ANY (:numbers::text[])
)
ORDER BY s.id
FOR UPDATE;
