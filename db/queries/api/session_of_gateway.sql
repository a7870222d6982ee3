-- name: session_of_gateway
-- The session that a gateway calls by this name, and whose it is; two rows where the name is ambiguous.
SELECT s.id, s.organization_id FROM truesend.sessions_called(:gateway, :gateway_session_id) AS s;
