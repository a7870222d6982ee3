-- name: next_delivery
-- Seconds until something is to be posted; null when nothing waits.
SELECT extract(epoch FROM min(next_attempt_at) - now())::float8 FROM truesend.alert_deliveries;
