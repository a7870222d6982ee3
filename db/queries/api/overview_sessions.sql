-- name: overview_sessions
-- What the badge of each session is decided from, and since when its facts would be known.
SELECT s.id, s.status, s.phone_number, s.gateway, s.connected_at, s.last_error, s.last_error_at, s.last_verified_at,
       n.since AS silent_since, c.superseded_by,
       greatest(s.created_at, (SELECT a.recorded_at FROM truesend.adoption AS a)) AS watched_since
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
LEFT JOIN truesend.session_silence AS n ON n.session_id = s.id
WHERE s.organization_id = :organization_id
ORDER BY s.id
LIMIT :row_limit;
