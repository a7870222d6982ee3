-- name: correct_to_sent
-- Late evidence wins: a message that was sent after all becomes `sent`, whatever we thought of it meanwhile. A retry that
-- has not started is taken back with its lease; what others have cancelled stays cancelled.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(:message_ids::uuid[], :gateway_message_ids::text[], :session_ids::uuid[])
        AS i (message_id, gateway_message_id, session_id)
), before AS MATERIALIZED (
    SELECT m.id, m.status, i.session_id, i.gateway_message_id
    FROM input AS i
    JOIN scheduled_whatsapp_messages AS m ON m.id = i.message_id
    WHERE m.status IN ('pending', 'sending', 'failed')
    ORDER BY m.id
    FOR UPDATE OF m
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'sent', sent_at = now(), error_message = NULL, vps_error = NULL, next_attempt_at = NULL,
        unconfirmed_at = NULL, lease_token = NULL, lease_until = NULL,
        gateway_message_id = coalesce(b.gateway_message_id, m.gateway_message_id), version = m.version + 1
    FROM before AS b
    WHERE m.id = b.id
    RETURNING m.id, m.organization_id, m.version, m.retry_count, b.status AS previous, b.session_id
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.sent',
           truesend.message_fact(u.id, u.organization_id, 'message.sent', 'sent', u.version, u.session_id, 'sent',
                                 u.retry_count, NULL, NULL, u.previous <> 'sending'),
           u.organization_id
    FROM updated AS u
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id RETURNING 1
)
SELECT id AS message_id FROM updated;
