-- name: take_deliveries
-- What is due to be posted, for one process while :lease_s lasts. The end of an episode waits until its beginning is through.
WITH due AS (
    SELECT d.id
    FROM truesend.alert_deliveries AS d
    WHERE d.next_attempt_at <= now()
      AND (d.state = 'raised'
           OR NOT EXISTS (SELECT FROM truesend.alert_deliveries AS r
                          WHERE r.alert_id = d.alert_id AND r.state = 'raised'))
    ORDER BY d.next_attempt_at
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
)
UPDATE truesend.alert_deliveries AS d
SET attempts = d.attempts + 1, next_attempt_at = now() + make_interval(secs => :lease_s)
FROM due
WHERE d.id = due.id
RETURNING d.id, d.alert_id, d.state, d.body, d.attempts,
          extract(epoch FROM now() - d.created_at)::float8 AS age_s;
