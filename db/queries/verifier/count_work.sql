-- name: count_work
-- What waits, as one row: due messages that may go and those that are held, by why (as db/queries/api/holds.sql has it); doubts,
-- by gateway and by what they wait for; facts that the relay has not published. No more than :most of each are counted, the
-- longest-waiting first, so that a hundred thousand cost no more than these.
WITH due AS MATERIALIZED (
    SELECT m.id, m.organization_id, m.scheduled_for, m.created_at, m.next_attempt_at,
           coalesce(m.next_attempt_at, m.scheduled_for) AS due_at
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) <= now()
    ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id
    LIMIT :most
), judged AS MATERIALIZED (
    SELECT d.due_at, CASE
             WHEN NOT (:organizations::uuid[] IS NULL OR d.organization_id = ANY (:organizations::uuid[]))
                 THEN 'organization_not_enabled'
             WHEN d.scheduled_for <= a.overdue_before AND d.created_at <= a.overdue_before AND d.next_attempt_at IS NULL
                 THEN 'before_adoption'
             WHEN s.id IS NULL THEN 'no_session'
             WHEN r.recipient IS NULL THEN 'no_recipient'
             WHEN s.status <> 'connected' THEN 'session_down'
             WHEN h.reason IS NOT NULL THEN h.reason
             WHEN p.held_until > now() AND p.hold_reason IN ('restricted', 'silent') THEN p.hold_reason
             WHEN p.held_until > now() THEN 'gateway_hold'
             WHEN p.next_send_at > now() THEN 'pace'
           END AS reason
    FROM due AS d
    LEFT JOIN truesend.adoption AS a ON true
    -- by itself, so that the view is entered by message id whatever a CRM has put into it
    LEFT JOIN LATERAL (SELECT v.session_id, v.recipient FROM truesend.message_routes AS v
                       WHERE v.message_id = d.id LIMIT 1) AS r ON true
    LEFT JOIN whatsapp_sessions AS s ON s.id = r.session_id AND s.organization_id = d.organization_id
    LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
    LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
    LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL
), queued AS MATERIALIZED (
    -- behind more of them than were looked at some may be ready: those that a sender has queued, by session
    SELECT count(*) AS messages, min(q.due_at) AS since
    FROM whatsapp_sessions AS s
    LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
    LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
    CROSS JOIN LATERAL (SELECT o.due_at FROM truesend.dispatch_queue AS o
                        WHERE o.session_id = s.id AND o.claimed_at IS NULL AND o.due_at <= now()
                        ORDER BY o.due_at LIMIT :most_of_a_session) AS q
    WHERE (SELECT count(*) FROM due) = :most
      AND s.status = 'connected'
      AND NOT coalesce(p.held_until > now(), false) AND NOT coalesce(p.next_send_at > now(), false)
      AND (u.session_id IS NULL OR NOT EXISTS (SELECT FROM truesend.held_by_rules(u, now())))
), ready AS MATERIALIZED (
    SELECT count(*) AS messages, min(j.due_at) AS since FROM judged AS j WHERE j.reason IS NULL
), held AS (
    SELECT j.reason, count(*) AS messages, extract(epoch FROM now() - min(j.due_at))::float8 AS oldest_s
    FROM judged AS j WHERE j.reason IS NOT NULL GROUP BY j.reason
), doubt AS (
    SELECT CASE WHEN l.gateway = ANY (:gateways::text[]) THEN l.gateway ELSE 'not_configured' END AS gateway,
           CASE WHEN l.next_lookup_at = 'infinity' THEN 'operator' ELSE 'lookup' END AS waits_for,
           count(*) AS messages
    FROM (SELECT o.message_id, o.gateway, o.next_lookup_at FROM truesend.lookups AS o LIMIT :most) AS l
    CROSS JOIN LATERAL (SELECT FROM scheduled_whatsapp_messages AS m
                        WHERE m.id = l.message_id AND (m.status = 'sending') IS TRUE AND m.unconfirmed_at IS NOT NULL) AS m
    GROUP BY 1, 2
), fresh AS MATERIALIZED (
    SELECT count(*) AS facts, min(n.created_at) AS since
    FROM (SELECT e.created_at FROM truesend.event_log AS e WHERE e.section IS NULL ORDER BY e.seq LIMIT :most) AS n
)
SELECT greatest(y.messages, q.messages) AS due,
       coalesce(extract(epoch FROM now() - least(y.since, q.since)), 0)::float8 AS due_oldest_s,
       (SELECT coalesce(jsonb_agg(to_jsonb(h)), '[]') FROM held AS h) AS held,
       (SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM doubt AS d) AS doubts,
       f.facts + r.last_position - r.published_position AS unpublished,
       greatest(0, coalesce(extract(epoch FROM clock_timestamp() - least(f.since, CASE
           WHEN r.published_position < r.last_position THEN
               (SELECT e.created_at FROM truesend.event_log AS e
                WHERE e.position > r.published_position ORDER BY e.position LIMIT 1)
       END)), 0))::float8 AS relay_lag_s
FROM ready AS y, queued AS q, fresh AS f, truesend.relay_state AS r;
