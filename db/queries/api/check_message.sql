-- name: check_message
-- Have the gateway asked now what became of a message. Returns the state that it is in, and whether it is known where to
-- ask: at the gateway of its last attempt, or of its route where another program left it.
WITH before AS MATERIALIZED (
    SELECT m.id, m.organization_id, m.status, m.version, m.retry_count, m.error_message, m.scheduled_for,
           truesend.message_state(m.status, m.lease_token, m.accepted_at, m.unconfirmed_at, m.delivered_at, m.read_at)
               AS state
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id AND m.id = :message_id
    FOR UPDATE
), attempt AS MATERIALIZED (
    SELECT a.message_id, a.session_id, a.recipient, a.gateway, a.started_at
    FROM truesend.message_attempts AS a
    WHERE a.message_id = :message_id
    ORDER BY a.number DESC
    LIMIT 1
), place AS MATERIALIZED (
    SELECT b.id, a.session_id, a.recipient, a.gateway, a.started_at, false AS orphan
    FROM before AS b
    JOIN attempt AS a ON a.message_id = b.id
    WHERE a.session_id IS NOT NULL AND a.recipient IS NOT NULL AND a.gateway IS NOT NULL
    UNION ALL
    SELECT b.id, w.id, r.recipient, w.gateway, b.scheduled_for, true
    FROM before AS b
    JOIN truesend.message_routes AS r ON r.message_id = b.id
    JOIN whatsapp_sessions AS w ON w.id = r.session_id AND w.organization_id = b.organization_id
    WHERE r.recipient IS NOT NULL AND NOT EXISTS (SELECT FROM attempt)
    LIMIT 1
), asked AS (
    INSERT INTO truesend.lookups AS l
        (message_id, organization_id, session_id, recipient, gateway, attempt_started_at, orphan)
    SELECT b.id, b.organization_id, p.session_id, p.recipient, p.gateway, p.started_at, p.orphan
    FROM before AS b
    JOIN place AS p ON p.id = b.id
    WHERE b.state = ANY (:states::text[])
    ON CONFLICT (message_id) DO UPDATE SET next_lookup_at = now()
    RETURNING l.message_id, l.session_id
), counted AS (
    -- a fact has a version of its own, so that readers can tell the newest
    UPDATE scheduled_whatsapp_messages AS m SET version = m.version + 1
    FROM asked AS a
    WHERE m.id = a.message_id
    RETURNING m.id, m.version
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'message', b.id, 'message.check_requested',
           truesend.message_fact(b.id, b.organization_id, 'message.check_requested', b.status, c.version, a.session_id,
                                 NULL, b.retry_count, NULL, b.error_message, false)
               || jsonb_build_object('actor', :actor::text, 'reason', :reason::text),
           b.organization_id, :traceparent
    FROM before AS b
    JOIN asked AS a ON a.message_id = b.id
    JOIN counted AS c ON c.id = b.id
    RETURNING 1
)
SELECT b.id, b.status, b.state, EXISTS (SELECT FROM place) AS is_known_where, a.message_id IS NOT NULL AS applied
FROM before AS b
LEFT JOIN asked AS a ON a.message_id = b.id;
