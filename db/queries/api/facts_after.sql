-- name: facts_after
-- Everybody's facts, for the one feed of a process.
SELECT f.aggregatetype, f.type, f.position, f.payload, f.organization_id, f.traceparent
FROM truesend.traced_facts_after(:after_position, :row_limit) AS f
ORDER BY f.position;
