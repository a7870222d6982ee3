-- name: replay
-- One organisation's facts between what its client has seen and what the feed has passed on.
SELECT e.aggregatetype, e.type, e.position, e.payload, e.organization_id, e.traceparent
FROM truesend.event_log AS e
WHERE e.organization_id = :organization_id AND e.position > :after_position AND e.position <= :up_to_position
ORDER BY e.position
LIMIT :row_limit;
