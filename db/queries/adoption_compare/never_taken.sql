-- name: never_taken
-- Messages that have been due for longer than a quarter of an hour, and that nobody has taken.
SELECT m.organization_id, m.id AS message_id, r.session_id, w.display_name AS session_name, m.scheduled_for AS at,
       NULL::timestamptz AS since
FROM scheduled_whatsapp_messages AS m
LEFT JOIN LATERAL (SELECT o.session_id FROM truesend.message_routes AS o WHERE o.message_id = m.id OFFSET 0) AS r ON true
LEFT JOIN whatsapp_sessions AS w ON w.id = r.session_id
WHERE m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) <= now() - interval '15 minutes'
  AND m.scheduled_for >= :since
ORDER BY m.organization_id, m.scheduled_for, m.id;
