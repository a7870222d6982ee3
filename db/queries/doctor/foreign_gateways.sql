-- name: foreign_gateways
-- Sessions of gateways that these settings do not name.
SELECT s.gateway, count(*) AS sessions
FROM whatsapp_sessions AS s
WHERE s.gateway <> ALL (:gateways::text[])
GROUP BY s.gateway
ORDER BY s.gateway;
