-- name: assign_positions
-- Positions without gaps, in the order of insertion. A row that was inserted early and committed late gets a later one:
-- whoever has read up to a position has missed nothing before it.
WITH batch AS MATERIALIZED (
    SELECT e.id, row_number() OVER (ORDER BY e.seq) AS number
    FROM (SELECT id, seq FROM truesend.event_log WHERE position IS NULL ORDER BY seq LIMIT :row_limit) AS e
), state AS (
    UPDATE truesend.relay_state AS r
    SET last_position = r.last_position + b.size
    FROM (SELECT count(*) AS size FROM batch) AS b
    WHERE b.size > 0
    RETURNING r.last_position - b.size AS before
)
UPDATE truesend.event_log AS e
SET position = s.before + b.number
FROM batch AS b, state AS s
WHERE e.id = b.id;
