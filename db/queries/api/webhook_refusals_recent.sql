-- name: webhook_refusals_recent
SELECT refused_at, gateway, reason, sender_address
FROM truesend.webhook_refusals_recent
WHERE gateway = :gateway
ORDER BY id DESC
LIMIT 100;
