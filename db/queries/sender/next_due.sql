-- name: next_due
-- Seconds until something may go: the next message that becomes due, or the next session whose pace allows it.
SELECT extract(epoch FROM least(
    (SELECT coalesce(m.next_attempt_at, m.scheduled_for) FROM scheduled_whatsapp_messages AS m
     WHERE m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) > now()
     ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id LIMIT 1),
    (SELECT min(greatest(p.next_send_at, p.held_until)) FROM truesend.session_pace AS p
     WHERE greatest(p.next_send_at, p.held_until) > now())
) - now())::float8;
