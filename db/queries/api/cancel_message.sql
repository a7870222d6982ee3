-- name: cancel_message
-- A message that has not left will not leave. Returns the state that it was in.
WITH before AS MATERIALIZED (
    SELECT m.id, m.status,
           truesend.message_state(m.status, m.lease_token, m.accepted_at, m.unconfirmed_at, m.delivered_at, m.read_at)
               AS state
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id AND m.id = :message_id
    FOR UPDATE
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'cancelled', next_attempt_at = NULL, version = m.version + 1
    FROM before AS b
    WHERE m.id = b.id AND b.state = ANY (:states::text[])
    RETURNING m.id, m.organization_id, m.version, m.session_id, m.retry_count
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'message', u.id, 'message.cancelled',
           truesend.message_fact(u.id, u.organization_id, 'message.cancelled', 'cancelled', u.version, u.session_id, NULL,
                                 u.retry_count, NULL, NULL, false)
               || jsonb_build_object('actor', :actor::text, 'reason', :reason::text),
           u.organization_id, :traceparent
    FROM updated AS u
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id RETURNING 1
)
SELECT b.id, b.status, b.state, u.id IS NOT NULL AS applied
FROM before AS b
LEFT JOIN updated AS u ON u.id = b.id;
