-- name: webhook_refusals
-- What was refused in the last day, by reason.
SELECT reason, sum(refused)::bigint AS refused, min(first_at) AS since, max(last_at) AS last_at
FROM truesend.webhook_refusals
WHERE gateway = :gateway AND last_at > now() - interval '1 day'
GROUP BY reason
ORDER BY max(last_at) DESC;
