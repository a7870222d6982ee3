-- name: mark_delivered
-- The operator knows that it arrived. Returns the state that it was in, and whether the given time can be.
WITH before AS MATERIALIZED (
    SELECT m.id, m.status, least(coalesce(:at::timestamptz, now()), now()) AS delivered_at,
           coalesce(:at::timestamptz >= m.created_at, true) AS is_possible,
           truesend.message_state(m.status, m.lease_token, m.accepted_at, m.unconfirmed_at, m.delivered_at, m.read_at)
               AS state
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id AND m.id = :message_id
    FOR UPDATE
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'sent', delivered_at = b.delivered_at,
        sent_at = least(coalesce(m.sent_at, m.accepted_at, b.delivered_at), b.delivered_at),
        next_attempt_at = NULL, unconfirmed_at = NULL, error_message = NULL, vps_error = NULL, version = m.version + 1
    FROM before AS b
    WHERE m.id = b.id AND b.state = ANY (:states::text[]) AND b.is_possible
    RETURNING m.id, m.organization_id, m.version, m.session_id, m.retry_count, m.delivered_at, b.status AS previous
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'message', u.id, e.type,
           truesend.message_fact(u.id, u.organization_id, e.type, 'sent', u.version, u.session_id, NULL, u.retry_count,
                                 NULL, NULL, u.previous = 'failed')
               || jsonb_build_object('confirmed_by', 'operator', 'delivered_at', u.delivered_at,
                                     'actor', :actor::text, 'reason', :reason::text),
           u.organization_id, :traceparent
    FROM updated AS u
    CROSS JOIN LATERAL (SELECT CASE u.previous WHEN 'sent' THEN 'message.delivered'
                                               ELSE 'message.sent' END AS type) AS e
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id RETURNING 1
)
SELECT b.id, b.status, b.state, b.is_possible, u.id IS NOT NULL AS applied
FROM before AS b
LEFT JOIN updated AS u ON u.id = b.id;
