-- name: batch_queues
-- What of a batch waits, by session, with what its session's rules say of the pace.
SELECT w.session_id, w.waiting, extract(epoch FROM w.last_due_at - now())::float8 AS last_due_in_s,
       u.min_interval_ms, coalesce(u.jitter_ms, 0) AS jitter_ms, u.hourly_cap, u.daily_cap,
       CASE WHEN u.hour_began_at = date_trunc('hour', now(), u.time_zone) THEN u.started_in_hour ELSE 0 END
           AS started_in_hour,
       CASE WHEN u.day_began_at = date_trunc('day', now(), u.time_zone) THEN u.started_on_day ELSE 0 END
           AS started_on_day,
       s.status = 'connected' AND h.until IS DISTINCT FROM 'infinity'
           AND NOT coalesce(p.held_until = 'infinity', false) AS will_go,
       extract(epoch FROM nullif(greatest(h.until, p.held_until), 'infinity') - now())::float8 AS held_for_s
FROM (SELECT m.session_id, count(*) AS waiting, max(coalesce(m.next_attempt_at, m.scheduled_for)) AS last_due_at
      FROM scheduled_whatsapp_messages AS m
      WHERE m.organization_id = :organization_id AND m.batch_id = :batch_id AND m.status = 'pending'
      GROUP BY m.session_id) AS w
LEFT JOIN whatsapp_sessions AS s ON s.id = w.session_id AND s.organization_id = :organization_id
LEFT JOIN truesend.session_rules AS u ON u.session_id = w.session_id
LEFT JOIN truesend.session_pace AS p ON p.session_id = w.session_id
LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL;
