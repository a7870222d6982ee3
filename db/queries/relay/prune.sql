-- name: prune
-- Published facts past their retention, a slice at a time.
WITH old AS (
    SELECT e.id
    FROM truesend.event_log AS e
    WHERE e.created_at < now() - make_interval(secs => :retention_s)
      AND e.position <= (SELECT published_position FROM truesend.relay_state)
    ORDER BY e.created_at
    LIMIT :row_limit
)
DELETE FROM truesend.event_log AS e USING old AS o WHERE e.id = o.id;
