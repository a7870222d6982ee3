-- name: overview_confirmations
-- How long it took from the start of the attempt until the message was known to be sent: over the newest :sample of each
-- hour, without those that a person has marked.
SELECT h.hour, percentile_cont(0.5) WITHIN GROUP (ORDER BY c.seconds) AS median_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY c.seconds) AS p95_s
FROM generate_series(:since::timestamptz, now(), interval '1 hour') AS h (hour)
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM e.created_at - m.attempt_started_at)::float8 AS seconds
    FROM (SELECT f.aggregateid, f.created_at, f.payload
          FROM truesend.event_log AS f
          WHERE f.organization_id = :organization_id
            AND f.created_at >= h.hour AND f.created_at < h.hour + interval '1 hour'
            AND f.type = 'message.sent'
          ORDER BY f.created_at DESC
          LIMIT :sample) AS e
    JOIN scheduled_whatsapp_messages AS m ON m.id = e.aggregateid AND m.organization_id = :organization_id
    WHERE m.attempt_started_at <= e.created_at
      AND e.payload ->> 'confirmed_by' IS DISTINCT FROM 'operator'
) AS c
GROUP BY h.hour;
