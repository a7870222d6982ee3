-- name: reap_orphans
-- Rows that another program left in `sending`, without a lease of ours. They are never sent again by themselves: once too
-- old to be still under way they are doubts, and are looked up where their route is known.
WITH orphan AS MATERIALIZED (
    SELECT m.id, m.scheduled_for
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'sending' AND m.lease_token IS NULL AND m.unconfirmed_at IS NULL
      AND m.accepted_at IS NULL
      AND m.scheduled_for < now() - make_interval(secs => :message_max_age_s)
      AND (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET unconfirmed_at = now(), error_message = :orphan_message, version = m.version + 1
    FROM orphan AS o
    WHERE m.id = o.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.error_message, m.scheduled_for
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.unconfirmed',
           truesend.message_fact(u.id, u.organization_id, 'message.unconfirmed', u.status, u.version, NULL,
                                 'unconfirmed', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
), doubts AS (
    INSERT INTO truesend.lookups
        (message_id, organization_id, session_id, recipient, gateway, attempt_started_at, orphan)
    SELECT u.id, u.organization_id, w.id, r.recipient, w.gateway, u.scheduled_for, true
    FROM updated AS u
    JOIN truesend.message_routes AS r ON r.message_id = u.id
    JOIN whatsapp_sessions AS w ON w.id = r.session_id AND w.organization_id = u.organization_id
    WHERE r.recipient IS NOT NULL
    ON CONFLICT (message_id) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM updated;
