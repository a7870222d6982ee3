-- name: next_due
-- Seconds until something may go: the next message that becomes due, the next session whose pace allows it, or the next
-- whose quiet hours or full cap end.
SELECT extract(epoch FROM least(
    (SELECT coalesce(m.next_attempt_at, m.scheduled_for) FROM scheduled_whatsapp_messages AS m
     WHERE m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) > now()
     ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id LIMIT 1),
    (SELECT min(greatest(p.next_send_at, p.held_until)) FROM truesend.session_pace AS p
     WHERE greatest(p.next_send_at, p.held_until) > now()),
    (SELECT min(h.until) FROM truesend.session_rules AS u, truesend.held_by_rules(u, now()) AS h
     WHERE u.paused_at IS NULL
       AND EXISTS (SELECT FROM truesend.dispatch_queue AS q
                   WHERE q.session_id = u.session_id AND q.claimed_at IS NULL))
) - now())::float8;
