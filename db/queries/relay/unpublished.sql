-- name: unpublished
-- What has a position and is not published yet. The body is made here: Python never parses it.
SELECT e.id, e.aggregatetype, e.aggregateid, e.type, e.created_at, e.position, e.traceparent,
       (e.payload || jsonb_build_object('position', e.position, 'type', e.type))::text AS body
FROM truesend.event_log AS e
WHERE e.position > :published_position
ORDER BY e.position
LIMIT :row_limit;
