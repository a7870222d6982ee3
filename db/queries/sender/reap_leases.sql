-- name: reap_leases
-- Leases that ran out. Never started: it was never sent, and waits again. Started: it may have been sent, and is looked up.
WITH expired AS MATERIALIZED (
    SELECT m.id, m.lease_token, m.attempt_started_at IS NOT NULL AS started
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'sending' AND m.lease_token IS NOT NULL AND m.lease_until < now()
    ORDER BY m.id
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = CASE WHEN e.started THEN m.status ELSE 'pending' END,
        unconfirmed_at = CASE WHEN e.started THEN now() END,
        error_message = CASE WHEN e.started THEN :doubt_message ELSE m.error_message END,
        lease_token = NULL, lease_until = NULL, version = m.version + 1
    FROM expired AS e
    WHERE m.id = e.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.error_message, m.attempt_started_at,
              e.lease_token, e.started
), route AS MATERIALIZED (
    SELECT q.message_id, q.session_id, q.recipient, q.gateway, q.claimed_at
    FROM truesend.dispatch_queue AS q
    JOIN updated AS u ON u.id = q.message_id
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.unconfirmed',
           truesend.message_fact(u.id, u.organization_id, 'message.unconfirmed', u.status, u.version, r.session_id,
                                 'unconfirmed', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    LEFT JOIN route AS r ON r.message_id = u.id
    WHERE u.started
    RETURNING 1
), attempts AS (
    INSERT INTO truesend.message_attempts
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, claimed_at, started_at,
         outcome)
    SELECT u.id, 1 + (SELECT count(*) FROM truesend.message_attempts AS o WHERE o.message_id = u.id),
           u.organization_id, r.session_id, r.gateway, r.recipient, u.lease_token, r.claimed_at, u.attempt_started_at,
           'unconfirmed'
    FROM updated AS u
    LEFT JOIN route AS r ON r.message_id = u.id
    WHERE u.started
    ON CONFLICT (message_id, lease_token) DO NOTHING
    RETURNING 1
), requeued AS (
    UPDATE truesend.dispatch_queue AS q
    SET answered_at = CASE WHEN u.started THEN now() END,
        claimed_at = CASE WHEN u.started THEN q.claimed_at END,
        lease_token = CASE WHEN u.started THEN q.lease_token END,
        gateway = CASE WHEN u.started THEN q.gateway END
    FROM updated AS u
    WHERE q.message_id = u.id
    RETURNING 1
), doubts AS (
    INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at)
    SELECT u.id, u.organization_id, r.session_id, r.recipient, r.gateway, u.attempt_started_at
    FROM updated AS u
    JOIN route AS r ON r.message_id = u.id
    WHERE u.started
    ON CONFLICT (message_id) DO UPDATE
        SET session_id = excluded.session_id, recipient = excluded.recipient, gateway = excluded.gateway,
            attempt_started_at = excluded.attempt_started_at, opened_at = now(), next_lookup_at = now(),
            lookups = 0, absences = 0, last_absence_at = NULL, orphan = false, resends = 0
    RETURNING 1
)
SELECT count(*) FILTER (WHERE started) AS doubts, count(*) FILTER (WHERE NOT started) AS released FROM updated;
