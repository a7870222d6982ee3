-- name: delay_deliveries!
-- Not taken: to be posted again after a pause.
UPDATE truesend.alert_deliveries AS d
SET next_attempt_at = now() + make_interval(secs => p.pause_s)
FROM unnest(:ids::uuid[], :pauses_s::float8[]) AS p (id, pause_s)
WHERE d.id = p.id;
