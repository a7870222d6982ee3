-- name: start_attempts
-- The start fence: only rows that this returns as `starts` may be sent. A record that came twice, or waited past its
-- lease, gets nothing; one whose session has gone down, or been paused, capped or quietened since the claim is given back, to
-- wait like the others. One that has to wait comes back as `needs_credit`, or as `needs_session`, which an earlier message has,
-- wherever that is. `tokens_over`: attempts of the caller's that are over and not written yet.
-- The session's pace and its caps count from here.
-- `dice`, in [0, 1), spreads each pause over the session's jitter. A gateway that takes an id from us gets the same one
-- each time a message is tried, until an operator has it sent anew; it is on the row before the request goes out.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(:message_ids::uuid[], :lease_tokens::uuid[], :dice::float8[])
        WITH ORDINALITY AS i (message_id, lease_token, dice, place)
), gateway AS MATERIALIZED (
    SELECT *
    FROM unnest(:gateways::text[], :max_in_flight::integer[], :min_intervals_s::float8[], :id_prefixes::text[],
                :id_digits::integer[]) AS g (name, max_in_flight, min_interval_s, id_prefix, id_digits)
), route AS MATERIALIZED (
    -- asked first: what cannot be sent, since its session is gone, is never marked as started
    SELECT q.message_id, q.lease_token, q.session_id, q.recipient, q.gateway, q.claimed_at, q.due_at, i.place, i.dice,
           coalesce(nullif(w.session_data ->> 'vps_session_id', ''), 'wa_' || w.id::text) AS gateway_session_id,
           w.status <> 'connected' OR coalesce(p.next_send_at > now(), false) OR coalesce(p.held_until > now(), false)
           OR (u.session_id IS NOT NULL AND EXISTS (SELECT FROM truesend.held_by_rules(u, now()))) AS held,
           coalesce(u.min_interval_ms / 1000.0, g.min_interval_s, 0) AS pause_s, coalesce(u.jitter_ms, 0) / 1000.0 AS jitter_s,
           u.session_id IS NOT NULL AS has_rules, g.max_in_flight, g.id_prefix, g.id_digits
    FROM input AS i
    JOIN truesend.dispatch_queue AS q ON q.message_id = i.message_id AND q.lease_token = i.lease_token
    JOIN whatsapp_sessions AS w ON w.id = q.session_id
    LEFT JOIN truesend.session_pace AS p ON p.session_id = q.session_id
    LEFT JOIN truesend.session_rules AS u ON u.session_id = q.session_id
    LEFT JOIN gateway AS g ON g.name = q.gateway
), started_before AS MATERIALIZED (
    SELECT b.gateway, b.session_id
    FROM truesend.started_at_gateways((SELECT array_agg(DISTINCT r.gateway) FROM route AS r), :tokens_over::uuid[]) AS b
), free AS MATERIALIZED (
    -- a row that somebody holds locked starts nothing, and holds up nobody: its lease runs out
    SELECT r.*, m.retried_at
    FROM route AS r
    CROSS JOIN LATERAL (SELECT l.lease_token, l.lease_until, l.status, l.attempt_started_at, l.retried_at
                        FROM scheduled_whatsapp_messages AS l
                        WHERE l.id = r.message_id OFFSET 0
                        FOR UPDATE SKIP LOCKED) AS m
    WHERE m.lease_token = r.lease_token
      AND m.status = 'sending' AND m.attempt_started_at IS NULL AND m.lease_until > now()
), next_of_session AS MATERIALIZED (
    -- the earliest of its session, here and wherever else one is claimed and has not started
    SELECT DISTINCT ON (f.session_id) f.*
    FROM free AS f
    WHERE NOT f.held
      AND f.session_id NOT IN (SELECT b.session_id FROM started_before AS b)
      AND NOT EXISTS (SELECT FROM truesend.dispatch_queue AS e
                      WHERE e.gateway = f.gateway AND e.session_id = f.session_id
                        AND e.claimed_at IS NOT NULL AND e.answered_at IS NULL AND e.started_at IS NULL
                        AND (e.due_at, e.message_id) < (f.due_at, f.message_id))
    ORDER BY f.session_id, f.due_at, f.message_id
), starting AS MATERIALIZED (
    SELECT n.*
    FROM (SELECT s.*, row_number() OVER (PARTITION BY s.gateway ORDER BY s.place) AS number FROM next_of_session AS s) AS n
    LEFT JOIN (SELECT b.gateway, count(*) AS messages FROM started_before AS b GROUP BY b.gateway) AS t
        ON t.gateway = n.gateway
    -- what has no gateway any more is let through, to be told so
    WHERE n.max_in_flight IS NULL OR n.number <= n.max_in_flight - coalesce(t.messages, 0)
), started AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET attempt_started_at = clock_timestamp(),
        lease_until = now() + make_interval(secs => :lease_s),
        gateway_message_id = coalesce(s.reserved_id, m.gateway_message_id),
        version = m.version + 1
    FROM (SELECT s.*, truesend.reserved_id(s.message_id, s.retried_at, s.id_prefix, s.id_digits) AS reserved_id
          FROM starting AS s) AS s
    WHERE m.id = s.message_id
    RETURNING m.id, m.organization_id, m.lease_token, m.message_content, m.media_url, m.media_type,
              m.attempt_started_at, coalesce(m.retry_count, 0) AS retry_count, s.session_id, s.recipient, s.gateway,
              s.claimed_at, s.due_at, s.gateway_session_id, s.pause_s + s.jitter_s * s.dice AS pause_s, s.has_rules, s.reserved_id
), begun AS (
    UPDATE truesend.dispatch_queue AS q
    SET started_at = now()
    FROM started AS s
    WHERE q.message_id = s.id AND q.lease_token = s.lease_token
    RETURNING 1
), put_back AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'pending', lease_token = NULL, lease_until = NULL, version = m.version + 1
    FROM free AS f
    WHERE m.id = f.message_id AND f.held
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
      AND i.message_id NOT IN (SELECT f.message_id FROM free AS f)
      AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                      WHERE m.id = i.message_id AND m.lease_token = i.lease_token
                        AND (m.status = 'sending' OR m.attempt_started_at IS NOT NULL))
    RETURNING 1
), paced AS (
    INSERT INTO truesend.session_pace AS p (session_id, next_send_at)
    SELECT s.session_id, now() + make_interval(secs => s.pause_s)
    FROM started AS s
    WHERE s.pause_s > 0
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
          WHERE s.has_rules
          GROUP BY s.session_id, r.time_zone) AS n
    WHERE u.session_id = n.session_id
    RETURNING 1
)
SELECT 'starts' AS verdict, s.id, s.lease_token, s.organization_id, s.message_content, s.media_url, s.media_type,
       s.attempt_started_at, s.retry_count, s.session_id, s.recipient, s.gateway, s.claimed_at, s.gateway_session_id,
       s.reserved_id, s.due_at
FROM started AS s
UNION ALL
SELECT CASE WHEN f.message_id IN (SELECT n.message_id FROM next_of_session AS n) THEN 'needs_credit' ELSE 'needs_session' END,
       f.message_id, f.lease_token, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM free AS f
WHERE NOT f.held AND f.message_id NOT IN (SELECT s.message_id FROM starting AS s);
