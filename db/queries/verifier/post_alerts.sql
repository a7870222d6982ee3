-- name: post_alerts!
-- What is to be posted, in the transaction that makes it true.
INSERT INTO truesend.alert_deliveries (alert_id, state, body)
SELECT p.alert_id, p.state, p.body
FROM unnest(:alert_ids::uuid[], :states::text[], :bodies::jsonb[]) AS p (alert_id, state, body)
ON CONFLICT (alert_id, state) DO NOTHING;
