-- name: unweighed_messages
-- Messages with evidence that has not been weighed: their row was locked when it came.
SELECT DISTINCT o.message_id
FROM (SELECT e.message_id
      FROM truesend.evidence AS e
      WHERE e.message_id IS NOT NULL AND e.weighed_at IS NULL
        AND e.recorded_at < clock_timestamp() - make_interval(secs => :older_than_s)
      ORDER BY e.recorded_at
      LIMIT :row_limit) AS o;
