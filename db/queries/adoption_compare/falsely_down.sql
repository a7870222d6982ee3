-- name: falsely_down
-- Sessions that said they were down when their gateway said connected, likewise. One that was
-- being paired is none.
WITH facts AS (
    SELECT e.aggregateid AS session_id, e.organization_id, e.payload ->> 'status' AS status,
           e.payload ->> 'previous_status' AS previous, (e.payload ->> 'occurred_at')::timestamptz AS at,
           lag(e.payload ->> 'status') OVER (PARTITION BY e.aggregateid ORDER BY e.seq) AS known
    FROM truesend.event_log AS e
    WHERE e.aggregatetype = 'session'
)
SELECT f.organization_id, NULL::uuid AS message_id, f.session_id, w.display_name AS session_name, f.at,
       NULL::timestamptz AS since
FROM facts AS f
LEFT JOIN whatsapp_sessions AS w ON w.id = f.session_id
WHERE f.at >= :since AND f.status = 'connected' AND f.previous = 'disconnected'
  AND (f.known IS NULL OR f.known = 'connected')
ORDER BY f.organization_id, f.at, f.session_id;
