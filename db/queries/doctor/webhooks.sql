-- name: webhooks
-- How webhooks arrive: what was refused in the last day, by reason, and when the last one was taken.
SELECT g.name AS gateway, a.last_accepted_at, r.refused, r.since, r.reasons
FROM unnest(:gateways::text[]) AS g (name)
LEFT JOIN truesend.webhook_gateways AS a ON a.gateway = g.name
LEFT JOIN LATERAL (
    SELECT sum(w.refused)::bigint AS refused, min(w.first_at) AS since,
           string_agg(DISTINCT replace(w.reason, '_', ' '), ', ') AS reasons
    FROM truesend.webhook_refusals AS w
    WHERE w.gateway = g.name AND w.last_at > now() - interval '1 day'
) AS r ON true;
