-- name: waiting_page
-- The next messages that have been due for longer than :waiting_s, by session, and last of all (without a session) where
-- the page ended. What was overdue on the day of adoption waits on purpose, and so does an organisation's that nobody sends
-- for, and what an operator's rules hold (paused, quiet hours, caps).
WITH page AS MATERIALIZED (
    SELECT m.id, m.organization_id, coalesce(m.next_attempt_at, m.scheduled_for) AS due_at
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'pending'
      AND coalesce(m.next_attempt_at, m.scheduled_for) <= now() - make_interval(secs => :waiting_s)
      AND coalesce(m.next_attempt_at, m.scheduled_for)
          > coalesce((SELECT a.overdue_before FROM truesend.adoption AS a), '-infinity')
      AND (coalesce(m.next_attempt_at, m.scheduled_for), m.id) > (:after_due_at::timestamptz, :after_id::uuid)
    ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id
    LIMIT :row_limit
), waiting AS (
    SELECT r.session_id, p.organization_id, min(p.due_at) AS since, count(*) AS messages
    FROM page AS p
    JOIN truesend.message_routes AS r ON r.message_id = p.id
    WHERE r.session_id IS NOT NULL
      AND r.recipient IS NOT NULL
      AND (:organizations::uuid[] IS NULL OR p.organization_id = ANY (:organizations::uuid[]))
    GROUP BY r.session_id, p.organization_id
)
SELECT s.id AS session_id, now() AS now, w.since, w.messages, NULL::uuid AS last_id,
       s.organization_id, s.display_name, s.gateway, s.status, s.last_error, w.messages AS messages_waiting,
       h.reason IS NOT NULL AS is_held
FROM waiting AS w
JOIN whatsapp_sessions AS s ON s.id = w.session_id AND s.organization_id = w.organization_id
LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL
UNION ALL
SELECT NULL, now(), last.due_at, (SELECT count(*) FROM page), last.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (VALUES (1)) AS one (row)
LEFT JOIN (SELECT due_at, id FROM page ORDER BY due_at DESC, id DESC LIMIT 1) AS last ON true;
