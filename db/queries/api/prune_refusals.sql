-- name: prune_refusals!
-- The newest hundred of each gateway stay.
DELETE FROM truesend.webhook_refusals_recent AS r
USING unnest(:gateways::text[]) AS g (gateway)
WHERE r.gateway = g.gateway
  AND r.id <= (SELECT o.id FROM truesend.webhook_refusals_recent AS o
               WHERE o.gateway = g.gateway ORDER BY o.id DESC OFFSET 100 LIMIT 1);
