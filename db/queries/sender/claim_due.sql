-- name: claim_due
-- Gives leases to messages of sessions that may send, in their order, up to what each gateway may have claimed: its credits,
-- and as many ahead as it answers in a moment. Organisations take turns. A session that pauses between messages, or is on
-- probation after a hold, has one claim at a time. Returns every choice: one without a lease token was stale, and is dropped
-- from the queue by `drop_stale`.
-- A plan is made once, without knowing how many there will be: each row is asked for by its id (OFFSET 0 keeps a plan from
-- asking by anything else), and lists meet by a hash, never one by one.
WITH RECURSIVE in_flight AS MATERIALIZED (
    SELECT f.gateway, f.organization_id, count(*) AS messages
    FROM truesend.dispatch_queue AS f
    WHERE f.claimed_at IS NOT NULL AND f.answered_at IS NULL
    GROUP BY f.gateway, f.organization_id
), gateway AS MATERIALIZED (
    SELECT g.name, g.min_interval_s,
           g.most - coalesce((SELECT sum(f.messages) FROM in_flight AS f WHERE f.gateway = g.name), 0) AS free
    FROM unnest(:gateways::text[], :most_claimed::integer[], :min_intervals_s::float8[]) AS g (name, most, min_interval_s)
), waiting AS (
    -- the sessions that have something queued: from one to the next along the index, not through their messages
    (SELECT q.session_id FROM truesend.dispatch_queue AS q
     WHERE q.claimed_at IS NULL ORDER BY q.session_id LIMIT 1)
    UNION ALL
    SELECT (SELECT q.session_id FROM truesend.dispatch_queue AS q
            WHERE q.claimed_at IS NULL AND q.session_id > w.session_id ORDER BY q.session_id LIMIT 1)
    FROM waiting AS w
    WHERE w.session_id IS NOT NULL
), ready AS MATERIALIZED (
    SELECT s.id AS session_id, s.organization_id, s.gateway, g.free, count(*) OVER (PARTITION BY s.gateway) AS sessions,
           CASE WHEN coalesce(u.min_interval_ms / 1000.0, g.min_interval_s, 0) > 0 OR u.jitter_ms > 0 OR p.hold_count > 0
                THEN 1 ELSE :most_per_session::integer END
           - (SELECT count(*) FROM truesend.dispatch_queue AS f
              WHERE f.gateway = s.gateway AND f.session_id = s.id
                AND f.claimed_at IS NOT NULL AND f.answered_at IS NULL) AS room
    FROM waiting AS w
    CROSS JOIN LATERAL (SELECT o.id, o.organization_id, o.gateway, o.status FROM whatsapp_sessions AS o
                        WHERE o.id = w.session_id OFFSET 0) AS s
    JOIN gateway AS g ON g.name = s.gateway AND g.free > 0
    LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
    LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
    WHERE s.status = 'connected'
      AND (p.next_send_at IS NULL OR p.next_send_at <= now())
      AND (p.held_until IS NULL OR p.held_until <= now())
      AND (:organizations::uuid[] IS NULL OR s.organization_id = ANY (:organizations::uuid[]))
      AND (u.session_id IS NULL OR NOT EXISTS (SELECT FROM truesend.held_by_rules(u, now())))
), head AS MATERIALIZED (
    SELECT r.session_id, r.organization_id, r.gateway, r.free, h.message_id, h.recipient, h.due_at
    FROM ready AS r
    CROSS JOIN LATERAL (
        -- a chat's second message goes after its first: what comes after it in the session's order waits with it
        SELECT n.*, bool_or(n.follows_in_chat) OVER (ORDER BY n.due_at, n.message_id) AS waits
        FROM (
            SELECT c.message_id, c.recipient, c.due_at,
                   c.is_in_flight OR row_number() OVER (PARTITION BY c.recipient ORDER BY c.due_at, c.message_id) > 1
                   AS follows_in_chat
            FROM (
                SELECT c.message_id, c.recipient, c.due_at, f.message_id IS NOT NULL AS is_in_flight
                FROM (SELECT q.message_id, q.recipient, q.due_at FROM truesend.dispatch_queue AS q
                      WHERE q.session_id = r.session_id AND q.claimed_at IS NULL AND q.due_at <= now()
                      ORDER BY q.due_at, q.message_id LIMIT :chat_lookahead) AS c
                LEFT JOIN truesend.dispatch_queue AS f
                    ON f.session_id = r.session_id AND f.recipient = c.recipient AND f.claimed_at IS NOT NULL
                -- a chat that awaits a confirmation is passed over
                WHERE f.answered_at IS NULL
                ORDER BY c.due_at, c.message_id
                -- no more than the session's share of what is free, twice over: others may have less to give
                LIMIT greatest(0, least(r.room, 1 + 2 * r.free / r.sessions))
            ) AS c
        ) AS n
    ) AS h
    WHERE NOT h.waits
), turn AS (
    SELECT h.*,
           row_number() OVER (PARTITION BY h.gateway, h.organization_id ORDER BY h.due_at, h.message_id)
           + coalesce(f.messages, 0) AS number
    FROM head AS h
    LEFT JOIN in_flight AS f ON f.gateway = h.gateway AND f.organization_id = h.organization_id
), chosen AS MATERIALIZED (
    SELECT t.*
    FROM (SELECT turn.*, row_number() OVER (PARTITION BY gateway ORDER BY number, due_at, message_id) AS place
          FROM turn) AS t
    WHERE t.place <= t.free
), locked AS MATERIALIZED (
    SELECT m.id, c.session_id, c.gateway, c.due_at
    FROM chosen AS c
    CROSS JOIN LATERAL (SELECT o.session_id, o.recipient FROM truesend.message_routes AS o
                        WHERE o.message_id = c.message_id OFFSET 0) AS r
    CROSS JOIN LATERAL (SELECT o.id, o.organization_id, o.status, o.scheduled_for, o.created_at, o.next_attempt_at,
                               o.retried_at
                        FROM scheduled_whatsapp_messages AS o
                        WHERE o.id = c.message_id OFFSET 0
                        FOR UPDATE SKIP LOCKED) AS m
    WHERE r.session_id = c.session_id AND r.recipient = c.recipient
      AND m.status = 'pending'
      AND m.organization_id = c.organization_id
      AND coalesce(m.next_attempt_at, m.scheduled_for) <= now()
      AND (greatest(m.scheduled_for, m.retried_at) > now() - make_interval(secs => :message_max_age_s)
           OR EXISTS (SELECT FROM truesend.adoption AS a
                      WHERE m.scheduled_for <= a.overdue_before
                        AND m.created_at <= a.overdue_before
                        AND m.next_attempt_at > now() - make_interval(secs => :message_max_age_s)))
), claimed AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'sending',
        lease_token = gen_random_uuid(),
        lease_until = now() + make_interval(secs => :lease_s),
        attempt_started_at = NULL,
        accepted_at = NULL,
        unconfirmed_at = NULL,
        version = m.version + 1
    FROM locked AS l
    WHERE m.id = l.id
    RETURNING m.id, m.organization_id, m.lease_token, l.session_id, l.gateway, l.due_at
), queued AS (
    UPDATE truesend.dispatch_queue AS q
    SET lease_token = d.lease_token, claimed_at = now(), started_at = NULL, answered_at = NULL, gateway = d.gateway
    FROM claimed AS d
    WHERE q.message_id = d.id
    RETURNING 1
)
SELECT d.id AS message_id, d.session_id, d.organization_id, d.gateway, d.lease_token, d.due_at
FROM claimed AS d
UNION ALL
SELECT c.message_id, c.session_id, c.organization_id, c.gateway, NULL, c.due_at
FROM chosen AS c
WHERE c.message_id NOT IN (SELECT d.id FROM claimed AS d)
ORDER BY due_at, message_id;
