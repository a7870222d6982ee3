-- name: false_statuses
-- Sessions that said connected when their gateway said something else: as Truesend found them first, or after somebody wrote
-- over what it had found. A drop that Truesend saw by itself is none: what the session said until then was true.
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
WHERE f.at >= :since AND f.previous = 'connected' AND f.status <> 'connected' AND f.known IS DISTINCT FROM 'connected'
ORDER BY f.organization_id, f.at, f.session_id;
