-- name: retry_messages
-- Back to pending for a new attempt, those that are in a state in which the operator may ask for it. Returns every one
-- with the state that it was in. What happened before stays in its attempts.
WITH before AS MATERIALIZED (
    SELECT m.id, m.status, m.scheduled_for,
           CASE WHEN m.message_content = '[erased]' THEN 'erased'
                WHEN m.status = 'cancelled'
                     AND truesend.may_have_left(m.id, m.lease_token, m.attempt_started_at, m.retried_at)
                THEN 'cancelled_late'
                ELSE truesend.message_state(m.status, m.lease_token, m.accepted_at, m.unconfirmed_at, m.delivered_at,
                                            m.read_at) END AS state
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id AND m.id = ANY (:message_ids::uuid[])
    ORDER BY m.id
    FOR UPDATE
), routed AS MATERIALIZED (
    SELECT b.id, b.status, b.state,
           -- a microsecond apart, so that each session sends its own in the order in which they were scheduled
           row_number() OVER (ORDER BY b.scheduled_for, b.id) * interval '1 microsecond' AS place,
           :session_id::uuid IS NULL
               OR EXISTS (SELECT FROM truesend.message_routes AS r
                          WHERE r.message_id = b.id AND r.recipient IS NOT NULL) AS has_recipient
    FROM before AS b
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'pending',
        next_attempt_at = greatest(now() + b.place, m.scheduled_for),
        retried_at = now(),
        retry_count = 0,
        session_id = coalesce(:session_id::uuid, m.session_id),
        error_message = NULL, vps_error = NULL, sent_at = NULL, gateway_message_id = NULL,
        attempt_started_at = NULL, accepted_at = NULL, unconfirmed_at = NULL, lease_token = NULL, lease_until = NULL,
        version = m.version + 1
    FROM routed AS b
    WHERE m.id = b.id AND b.state = ANY (:states::text[]) AND b.has_recipient
    RETURNING m.id, m.organization_id, m.version, m.session_id, m.next_attempt_at
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'message', u.id, 'message.retried',
           truesend.message_fact(u.id, u.organization_id, 'message.retried', 'pending', u.version, u.session_id, NULL, 0,
                                 u.next_attempt_at, NULL, false)
               || jsonb_build_object('actor', :actor::text, 'reason', :reason::text),
           u.organization_id, :traceparent
    FROM updated AS u
    RETURNING 1
), uncounted AS (
    -- the budget starts anew: none of the earlier failures counts
    UPDATE truesend.message_attempts AS a SET failure_counted = false
    FROM updated AS u
    WHERE a.message_id = u.id AND a.failure_counted
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id RETURNING 1
)
SELECT b.id, b.status, b.state, b.has_recipient, u.id IS NOT NULL AS applied
FROM routed AS b
LEFT JOIN updated AS u ON u.id = b.id;
