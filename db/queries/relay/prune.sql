-- name: prune
-- Published facts past their retention, a slice at a time, of those that were there before the log had sections: they are of every
-- age. Sections are emptied whole.
WITH old AS (
    SELECT e.position
    FROM truesend.event_log AS e
    WHERE e.section = -1
      AND e.created_at < now() - make_interval(secs => :retention_s)
      AND e.position <= (SELECT published_position FROM truesend.relay_state)
    ORDER BY e.created_at
    LIMIT :row_limit
)
DELETE FROM truesend.event_log AS e USING old AS o WHERE e.section = -1 AND e.position = o.position;
