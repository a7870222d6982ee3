-- name: facts_after
-- Everybody's facts, for the one feed of a process.
SELECT e.aggregatetype, e.type, e.position, e.payload, e.organization_id
FROM truesend.event_log AS e
WHERE e.position > :after_position
ORDER BY e.position
LIMIT :row_limit;
