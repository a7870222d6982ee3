-- name: origins
-- The trace of the request that put each of these messages into the queue, where that was no longer ago.
SELECT DISTINCT ON (e.aggregateid) e.aggregateid AS message_id, e.traceparent
FROM truesend.event_log AS e
WHERE e.aggregateid = ANY(:message_ids::uuid[])
  AND e.type IN ('message.created', 'message.retried')
  AND e.created_at > now() - make_interval(secs => :within_s)
  AND e.traceparent IS NOT NULL
ORDER BY e.aggregateid, e.seq DESC;
