-- name: reap_unconfirmed_accepts
-- Accepted, and no confirmation in time: a doubt, to be looked up.
WITH overdue AS MATERIALIZED (
    SELECT m.id
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'sending' AND m.lease_token IS NULL AND m.unconfirmed_at IS NULL
      AND m.accepted_at < now() - make_interval(secs => :confirm_timeout_s)
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET unconfirmed_at = now(), error_message = :doubt_message, version = m.version + 1
    FROM overdue AS o
    WHERE m.id = o.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.error_message
), attempt AS MATERIALIZED (
    SELECT DISTINCT ON (a.message_id) a.message_id, a.session_id, a.recipient, a.gateway, a.started_at
    FROM truesend.message_attempts AS a
    JOIN updated AS u ON u.id = a.message_id
    ORDER BY a.message_id, a.started_at DESC
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.unconfirmed',
           truesend.message_fact(u.id, u.organization_id, 'message.unconfirmed', u.status, u.version, a.session_id,
                                 'unconfirmed', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    LEFT JOIN attempt AS a ON a.message_id = u.id
    RETURNING 1
), doubts AS (
    INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at)
    SELECT u.id, u.organization_id, a.session_id, a.recipient, a.gateway, a.started_at
    FROM updated AS u
    JOIN attempt AS a ON a.message_id = u.id
    WHERE a.session_id IS NOT NULL AND a.recipient IS NOT NULL AND a.gateway IS NOT NULL
    ON CONFLICT (message_id) DO UPDATE
        SET session_id = excluded.session_id, recipient = excluded.recipient, gateway = excluded.gateway,
            attempt_started_at = excluded.attempt_started_at, opened_at = now(), next_lookup_at = now(),
            lookups = 0, absences = 0, last_absence_at = NULL, orphan = false, resends = 0
    RETURNING 1
)
SELECT count(*) FROM updated;
