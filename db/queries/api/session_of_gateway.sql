-- name: session_of_gateway
-- The session that a gateway calls by this name; two rows where the name is ambiguous.
SELECT s.id FROM truesend.sessions_called(:gateway, :gateway_session_id) AS s (id);
