-- name: overview_outcomes
-- The last word on each message within the window, by hour. What is tried again has none yet.
SELECT date_trunc('hour', l.created_at, 'UTC') AS hour, l.type, count(*) AS messages
FROM (
    SELECT DISTINCT ON (e.aggregateid) e.type, e.created_at
    FROM truesend.event_log AS e
    WHERE e.organization_id = :organization_id AND e.created_at >= :since
      AND e.type IN ('message.sent', 'message.failed', 'message.cancelled', 'message.unconfirmed', 'message.retried',
                     'message.retry_scheduled')
    ORDER BY e.aggregateid, e.created_at DESC
) AS l
WHERE l.type NOT IN ('message.retried', 'message.retry_scheduled')
GROUP BY 1, 2;
