-- name: end_deliveries!
-- Posted, or given up.
DELETE FROM truesend.alert_deliveries WHERE id = ANY (:ids::uuid[]);
