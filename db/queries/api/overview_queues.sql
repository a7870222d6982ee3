-- name: overview_queues
-- Sessions with messages whose time has come: how many wait (no more than :count_limit are counted), since when, and why if
-- the session holds them. The one that waits longest comes first.
SELECT s.id AS session_id, w.waiting, w.oldest_due_at,
       CASE WHEN h.reason IS NOT NULL THEN h.reason
            WHEN s.status <> 'connected' THEN 'session_down'
            WHEN p.held_until > now() AND p.hold_reason IN ('restricted', 'silent') THEN p.hold_reason
            WHEN p.held_until > now() THEN 'gateway_hold' END AS held_reason,
       nullif(coalesce(h.until, CASE WHEN s.status = 'connected' AND p.held_until > now() THEN p.held_until END),
              'infinity') AS held_until
FROM whatsapp_sessions AS s
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(d.due_at) AS oldest_due_at
    FROM (SELECT q.due_at
          FROM truesend.dispatch_queue AS q
          WHERE q.session_id = s.id AND q.claimed_at IS NULL AND q.due_at <= now()
          ORDER BY q.due_at
          LIMIT :count_limit) AS d
) AS w
LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL
WHERE s.organization_id = :organization_id AND w.waiting > 0
ORDER BY w.oldest_due_at, s.id
LIMIT :row_limit;
