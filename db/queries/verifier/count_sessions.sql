-- name: count_sessions
-- Sessions by gateway, status and badge, and how long ago the one that was verified longest ago was. The badge is the page's
-- (services/api/badge.py, and its cases). One whose number another session has taken over is history, and not counted.
SELECT CASE WHEN s.gateway = ANY (:gateways::text[]) THEN s.gateway ELSE 'not_configured' END AS gateway,
       CASE WHEN s.status IN ('connected', 'disconnected', 'qr_pending', 'connecting') THEN s.status ELSE 'other' END AS status,
       b.badge, count(*) AS sessions,
       max(extract(epoch FROM now() - coalesce(s.last_verified_at, s.created_at, now())))::float8 AS unverified_s
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
LEFT JOIN truesend.session_silence AS n ON n.session_id = s.id
CROSS JOIN LATERAL (SELECT CASE
         WHEN s.status = 'disconnected' AND s.connected_at IS NULL AND s.phone_number IS NULL THEN 'never_paired'
         WHEN s.status = 'connected' AND n.since IS NOT NULL THEN 'silent'
         WHEN s.status = 'connected' AND (s.last_verified_at IS NULL OR s.last_error IS NOT NULL) THEN 'cannot_verify'
         WHEN s.status = 'connected' THEN 'connected'
         WHEN s.last_error IS NOT NULL AND s.last_error_at IS NOT NULL
              AND (s.last_verified_at IS NULL OR s.last_error_at > s.last_verified_at) THEN 'cannot_verify'
         WHEN s.status = 'disconnected' THEN 'disconnected'
         WHEN s.status = 'connecting' THEN 'connecting'
         WHEN s.status = 'qr_pending' THEN 'scan_qr'
         ELSE 'cannot_verify'
     END AS badge) AS b
WHERE c.superseded_by IS NULL
GROUP BY 1, 2, 3;
