-- name: sessions
-- Sessions by organisation and status, and how many of them the gateway is asked for by a name made of their id.
SELECT s.organization_id, s.status::text AS status, count(*) AS sessions,
       count(*) FILTER (WHERE nullif(s.session_data ->> 'vps_session_id', '') IS NULL) AS without_gateway_id
FROM whatsapp_sessions AS s
GROUP BY s.organization_id, s.status
ORDER BY s.organization_id, s.status;
