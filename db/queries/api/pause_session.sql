-- name: pause_session
-- Nothing of the session's starts from now on. Paused already, it stays as it was. Returns whether this call did it;
-- no row for a session that is not the organisation's.
WITH wanted AS (
    SELECT s.id, s.organization_id
    FROM whatsapp_sessions AS s
    WHERE s.id = :session_id AND s.organization_id = :organization_id
), paused AS (
    INSERT INTO truesend.session_rules AS u
        (session_id, organization_id, paused_at, paused_by, pause_reason, updated_at, updated_by)
    SELECT w.id, w.organization_id, now(), :actor, :reason, now(), :actor FROM wanted AS w
    ON CONFLICT (session_id) DO UPDATE
        SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, pause_reason = excluded.pause_reason,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by
        WHERE u.paused_at IS NULL
    RETURNING u.session_id, u.organization_id
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'session', p.session_id, 'session.paused',
           truesend.session_fact(p.session_id, 'session.paused', :actor, :reason), p.organization_id, :traceparent
    FROM paused AS p
    RETURNING 1
)
SELECT EXISTS (SELECT FROM facts) AS changed FROM wanted;
