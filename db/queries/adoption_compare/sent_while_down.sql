-- name: sent_while_down
-- Messages that another program marked as sent while their session was known to be down.
WITH facts AS (
    SELECT e.aggregateid AS session_id, e.payload ->> 'status' AS status, (e.payload ->> 'occurred_at')::timestamptz AS at,
           lead((e.payload ->> 'occurred_at')::timestamptz) OVER (PARTITION BY e.aggregateid ORDER BY e.seq) AS until
    FROM truesend.event_log AS e
    WHERE e.aggregatetype = 'session'
), down AS (
    SELECT f.session_id, f.at, coalesce(f.until, 'infinity') AS until
    FROM facts AS f
    WHERE f.status <> 'connected' AND (f.until IS NULL OR f.until > :since)
), sent AS (
    -- the condition of the index on what has ended, by its age
    SELECT m.id, m.organization_id, m.sent_at
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status IN ('sent', 'failed', 'cancelled') AND (m.message_content <> '[erased]' OR m.media_url IS NOT NULL)
      AND greatest(m.scheduled_for, m.sent_at, m.retried_at) >= :since
      AND m.status = 'sent' AND m.sent_at >= :since
      AND NOT EXISTS (SELECT FROM truesend.message_attempts AS a WHERE a.message_id = m.id)
)
SELECT s.organization_id, s.id AS message_id, r.session_id, w.display_name AS session_name, s.sent_at AS at, d.at AS since
FROM sent AS s
CROSS JOIN LATERAL (SELECT o.session_id FROM truesend.message_routes AS o WHERE o.message_id = s.id OFFSET 0) AS r
JOIN down AS d ON d.session_id = r.session_id AND s.sent_at >= d.at AND s.sent_at < d.until
LEFT JOIN whatsapp_sessions AS w ON w.id = r.session_id
ORDER BY s.organization_id, s.sent_at, s.id;
