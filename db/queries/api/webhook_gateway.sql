-- name: webhook_gateway
SELECT accepted, last_accepted_at, without_use
FROM truesend.webhook_gateways
WHERE gateway = :gateway;
