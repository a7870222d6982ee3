-- name: resume_session
-- The session's messages may go again. Returns whether this call did it; no row for a session that is not the
-- organisation's.
WITH wanted AS (
    SELECT s.id, s.organization_id
    FROM whatsapp_sessions AS s
    WHERE s.id = :session_id AND s.organization_id = :organization_id
), resumed AS (
    UPDATE truesend.session_rules AS u
    SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, updated_at = now(), updated_by = :actor
    FROM wanted AS w
    WHERE u.session_id = w.id AND u.paused_at IS NOT NULL
    RETURNING u.session_id, u.organization_id
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'session', r.session_id, 'session.resumed',
           truesend.session_fact(r.session_id, 'session.resumed', :actor, :reason), r.organization_id, :traceparent
    FROM resumed AS r
    RETURNING 1
)
SELECT EXISTS (SELECT FROM facts) AS changed FROM wanted;
