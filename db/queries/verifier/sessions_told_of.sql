-- name: sessions_told_of
-- The sessions that webhooks are about, as they stand, and the database's time. An id that two rows claim comes twice.
SELECT t.gateway AS told_gateway, t.gateway_session_id AS told_id, now() AS now,
       coalesce(c.lease_until > now(), false) AS is_being_asked,
       s.id, s.organization_id, s.status, s.gateway, s.version, s.phone_number, s.qr_code, s.qr_expires_at,
       s.connected_at, s.last_active_at, s.last_error, s.last_error_at, s.last_verified_at,
       t.gateway_session_id,
       coalesce(s.created_at > (SELECT a.recorded_at FROM truesend.adoption AS a), false) AS is_ours,
       c.connecting_since, c.connecting_seen_at, c.superseded_by, c.webhook_at, c.seen_connected, c.down_since,
       n.since AS silent_since, n.unacknowledged, n.noted_at AS silence_noted_at
FROM unnest(:gateways::text[], :gateway_session_ids::text[]) AS t (gateway, gateway_session_id)
CROSS JOIN LATERAL (
    SELECT w.* FROM whatsapp_sessions AS w
    WHERE w.gateway = t.gateway
      AND coalesce(nullif(w.session_data ->> 'vps_session_id', ''), 'wa_' || w.id::text) = t.gateway_session_id
    LIMIT 2
) AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
LEFT JOIN truesend.session_silence AS n ON n.session_id = s.id;
