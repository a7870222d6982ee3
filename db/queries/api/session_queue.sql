-- name: session_queue
-- A session's rules as they are now, what they count, and whether they let messages go.
SELECT s.id AS session_id, u.min_interval_ms, u.jitter_ms, u.hourly_cap, u.daily_cap,
       u.quiet_from, u.quiet_to, u.time_zone, u.paused_at, u.paused_by, u.pause_reason, u.updated_at, u.updated_by,
       CASE WHEN u.hour_began_at = date_trunc('hour', now(), u.time_zone) THEN u.started_in_hour ELSE 0 END
           AS started_in_hour,
       CASE WHEN u.day_began_at = date_trunc('day', now(), u.time_zone) THEN u.started_on_day ELSE 0 END
           AS started_on_day,
       CASE WHEN h.reason IS NOT NULL THEN h.reason
            WHEN s.status <> 'connected' THEN 'session_down'
            WHEN p.held_until > now() AND p.hold_reason IN ('restricted', 'silent') THEN p.hold_reason
            WHEN p.held_until > now() THEN 'gateway_hold' END AS held_reason,
       nullif(coalesce(h.until, CASE WHEN s.status = 'connected' AND p.held_until > now() THEN p.held_until END),
              'infinity') AS held_until
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL
WHERE s.id = :session_id AND s.organization_id = :organization_id;
