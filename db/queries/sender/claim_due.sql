-- name: claim_due
-- Takes at most one message per session, up to each gateway's free credits, and gives each a lease. Organisations take
-- turns. Returns every choice: one without a lease token was stale, and is dropped from the queue by `drop_stale`.
WITH RECURSIVE in_flight AS MATERIALIZED (
    SELECT f.session_id, f.gateway, f.organization_id
    FROM truesend.dispatch_queue AS f
    WHERE f.claimed_at IS NOT NULL AND f.answered_at IS NULL
), gateway AS (
    SELECT g.name, g.max_in_flight - (SELECT count(*) FROM in_flight AS f WHERE f.gateway = g.name) AS free
    FROM unnest(:gateways::text[], :max_in_flight::integer[]) AS g (name, max_in_flight)
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
    SELECT s.id AS session_id, s.organization_id, s.gateway
    FROM waiting AS w
    JOIN whatsapp_sessions AS s ON s.id = w.session_id
    JOIN gateway AS g ON g.name = s.gateway AND g.free > 0
    LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
    WHERE s.status = 'connected'
      AND (p.next_send_at IS NULL OR p.next_send_at <= now())
      AND (p.held_until IS NULL OR p.held_until <= now())
      AND (:organizations::uuid[] IS NULL OR s.organization_id = ANY (:organizations::uuid[]))
      AND s.id NOT IN (SELECT f.session_id FROM in_flight AS f)
      AND NOT EXISTS (SELECT FROM truesend.session_rules AS u, truesend.held_by_rules(u, now()) AS h
                      WHERE u.session_id = s.id)
), head AS MATERIALIZED (
    SELECT r.session_id, r.organization_id, r.gateway, h.message_id, h.recipient, h.due_at
    FROM ready AS r
    CROSS JOIN LATERAL (
        SELECT c.message_id, c.recipient, c.due_at
        FROM (SELECT q.message_id, q.recipient, q.due_at FROM truesend.dispatch_queue AS q
              WHERE q.session_id = r.session_id AND q.claimed_at IS NULL AND q.due_at <= now()
              ORDER BY q.due_at, q.message_id LIMIT :chat_lookahead) AS c
        WHERE NOT EXISTS (SELECT FROM truesend.dispatch_queue AS f
                          WHERE f.session_id = r.session_id AND f.recipient = c.recipient
                            AND f.claimed_at IS NOT NULL)
        ORDER BY c.due_at, c.message_id
        LIMIT 1
    ) AS h
), turn AS (
    SELECT h.*,
           row_number() OVER (PARTITION BY h.gateway, h.organization_id ORDER BY h.due_at, h.message_id)
           + coalesce(f.messages, 0) AS number
    FROM head AS h
    LEFT JOIN (SELECT i.gateway, i.organization_id, count(*) AS messages
               FROM in_flight AS i
               GROUP BY i.gateway, i.organization_id) AS f
        ON f.gateway = h.gateway AND f.organization_id = h.organization_id
), chosen AS MATERIALIZED (
    SELECT t.*
    FROM (SELECT turn.*, row_number() OVER (PARTITION BY gateway ORDER BY number, due_at, message_id) AS place
          FROM turn) AS t
    JOIN gateway AS g ON g.name = t.gateway
    WHERE t.place <= g.free
), locked AS MATERIALIZED (
    SELECT m.id
    FROM chosen AS c
    JOIN scheduled_whatsapp_messages AS m ON m.id = c.message_id
    JOIN truesend.message_routes AS r
        ON r.message_id = c.message_id AND r.session_id = c.session_id AND r.recipient = c.recipient
    WHERE m.status = 'pending'
      AND m.organization_id = c.organization_id
      AND coalesce(m.next_attempt_at, m.scheduled_for) <= now()
      AND (greatest(m.scheduled_for, m.retried_at) > now() - make_interval(secs => :message_max_age_s)
           OR EXISTS (SELECT FROM truesend.adoption AS a
                      WHERE m.scheduled_for <= a.overdue_before
                        AND m.created_at <= a.overdue_before
                        AND m.next_attempt_at > now() - make_interval(secs => :message_max_age_s)))
    FOR UPDATE OF m SKIP LOCKED
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
    RETURNING m.id, m.lease_token
), queued AS (
    UPDATE truesend.dispatch_queue AS q
    SET lease_token = d.lease_token, claimed_at = now(), answered_at = NULL, gateway = c.gateway
    FROM claimed AS d
    JOIN chosen AS c ON c.message_id = d.id
    WHERE q.message_id = d.id
    RETURNING q.message_id
)
SELECT c.message_id, c.session_id, c.organization_id, c.gateway, d.lease_token
FROM chosen AS c
LEFT JOIN claimed AS d ON d.id = c.message_id
ORDER BY c.due_at, c.message_id;
