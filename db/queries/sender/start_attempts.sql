-- name: start_attempts
-- The start fence: only rows that this returns may be sent. A record that came twice, or waited past its lease, gets
-- nothing; one whose session has been paused, capped or quietened since the claim is given back, to wait like the others.
-- The session's pace and its caps count from here.
-- `dice`, in [0, 1), spreads each pause over the session's jitter. A gateway that takes an id from us gets the same one
-- each time a message is tried, until an operator has it sent anew; it is on the row before the request goes out.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(:message_ids::uuid[], :lease_tokens::uuid[], :dice::float8[])
        AS i (message_id, lease_token, dice)
), gateway AS MATERIALIZED (
    SELECT * FROM unnest(:gateways::text[], :min_intervals_s::float8[], :id_prefixes::text[], :id_digits::integer[])
        AS g (name, min_interval_s, id_prefix, id_digits)
), route AS MATERIALIZED (
    -- asked first: what cannot be sent, since its session is gone, is never marked as started
    SELECT q.message_id, q.lease_token, q.session_id, q.recipient, q.gateway, q.claimed_at,
           coalesce(w.session_data ->> 'vps_session_id', 'wa_' || w.id::text) AS gateway_session_id,
           EXISTS (SELECT FROM truesend.session_rules AS u, truesend.held_by_rules(u, now()) AS h
                   WHERE u.session_id = q.session_id) AS held,
           g.min_interval_s, g.id_prefix, g.id_digits
    FROM input AS i
    JOIN truesend.dispatch_queue AS q ON q.message_id = i.message_id AND q.lease_token = i.lease_token
    JOIN whatsapp_sessions AS w ON w.id = q.session_id
    LEFT JOIN gateway AS g ON g.name = q.gateway
), free AS MATERIALIZED (
    -- a row that somebody holds locked starts nothing, and holds up nobody: its lease runs out
    SELECT m.id, r.held
    FROM route AS r
    JOIN scheduled_whatsapp_messages AS m ON m.id = r.message_id AND m.lease_token = r.lease_token
    WHERE m.status = 'sending' AND m.attempt_started_at IS NULL AND m.lease_until > now()
    FOR UPDATE OF m SKIP LOCKED
), started AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET attempt_started_at = clock_timestamp(),
        lease_until = now() + make_interval(secs => :lease_s),
        gateway_message_id = coalesce(truesend.reserved_id(m.id, m.retried_at, r.id_prefix, r.id_digits),
                                      m.gateway_message_id),
        version = m.version + 1
    FROM route AS r
    JOIN free AS f ON f.id = r.message_id AND NOT f.held
    WHERE m.id = r.message_id AND m.lease_token = r.lease_token
    RETURNING m.id, m.organization_id, m.lease_token, m.message_content, m.media_url, m.media_type,
              m.attempt_started_at, coalesce(m.retry_count, 0) AS retry_count, r.session_id, r.recipient, r.gateway,
              r.claimed_at, r.gateway_session_id, r.min_interval_s,
              truesend.reserved_id(m.id, m.retried_at, r.id_prefix, r.id_digits) AS reserved_id
), put_back AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'pending', lease_token = NULL, lease_until = NULL, version = m.version + 1
    FROM free AS f
    WHERE m.id = f.id AND f.held
    RETURNING m.id
), queued_again AS (
    UPDATE truesend.dispatch_queue AS q
    SET lease_token = NULL, claimed_at = NULL, gateway = NULL
    FROM put_back AS b
    WHERE q.message_id = b.id
    RETURNING 1
), given_up AS (
    -- cancelled or deleted between claim and start: its session and its credit are free at once
    DELETE FROM truesend.dispatch_queue AS q
    USING input AS i
    WHERE q.message_id = i.message_id AND q.lease_token = i.lease_token AND q.answered_at IS NULL
      AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                      WHERE m.id = i.message_id AND m.lease_token = i.lease_token
                        AND (m.status = 'sending' OR m.attempt_started_at IS NOT NULL))
    RETURNING 1
), paced AS (
    INSERT INTO truesend.session_pace AS p (session_id, next_send_at)
    SELECT n.session_id, now() + make_interval(secs => max(n.pause_s))
    FROM (SELECT s.session_id,
                 coalesce(u.min_interval_ms / 1000.0, s.min_interval_s, 0)
                 + coalesce(u.jitter_ms, 0) / 1000.0 * i.dice AS pause_s
          FROM started AS s
          JOIN input AS i ON i.message_id = s.id AND i.lease_token = s.lease_token
          LEFT JOIN truesend.session_rules AS u ON u.session_id = s.session_id) AS n
    WHERE n.pause_s > 0
    GROUP BY n.session_id
    ON CONFLICT (session_id) DO UPDATE SET next_send_at = excluded.next_send_at
    RETURNING 1
), counted AS (
    -- what the session's caps allow counts from here, too
    UPDATE truesend.session_rules AS u
    SET started_in_hour = n.attempts + CASE WHEN u.hour_began_at = n.hour THEN u.started_in_hour ELSE 0 END,
        started_on_day = n.attempts + CASE WHEN u.day_began_at = n.day THEN u.started_on_day ELSE 0 END,
        hour_began_at = n.hour,
        day_began_at = n.day
    FROM (SELECT s.session_id, count(*) AS attempts, date_trunc('hour', now(), r.time_zone) AS hour,
                 date_trunc('day', now(), r.time_zone) AS day
          FROM started AS s
          JOIN truesend.session_rules AS r ON r.session_id = s.session_id
          GROUP BY s.session_id, r.time_zone) AS n
    WHERE u.session_id = n.session_id
    RETURNING 1
)
SELECT * FROM started;
