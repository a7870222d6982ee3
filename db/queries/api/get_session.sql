-- name: get_session
SELECT s.id, s.organization_id, s.phone_number, s.display_name, s.status, s.gateway, s.last_error, s.last_error_at,
       s.last_verified_at, s.connected_at, s.last_active_at, s.created_at, s.updated_at, s.version,
       n.since AS silent_since, c.superseded_by, coalesce(c.lease_until > now(), false) AS verifying
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
LEFT JOIN truesend.session_silence AS n ON n.session_id = s.id
WHERE s.organization_id = :organization_id AND s.id = :session_id;
