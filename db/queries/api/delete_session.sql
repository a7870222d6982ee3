-- name: delete_session
-- A session that was never paired, with what is known about it only here. What it was stays in event_log.
WITH facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'session', s.id, 'session.deleted',
           truesend.session_fact(s.id, 'session.deleted', :actor::text, :reason::text), s.organization_id, :traceparent
    FROM whatsapp_sessions AS s
    WHERE s.organization_id = :organization_id AND s.id = :session_id
      AND s.connected_at IS NULL AND s.phone_number IS NULL AND s.status <> 'connected'
    RETURNING aggregateid AS id
), unchecked AS (
    DELETE FROM truesend.session_checks AS c USING facts AS f WHERE c.session_id = f.id RETURNING 1
), unpaced AS (
    DELETE FROM truesend.session_pace AS p USING facts AS f WHERE p.session_id = f.id RETURNING 1
)
DELETE FROM whatsapp_sessions AS s USING facts AS f WHERE s.id = f.id
RETURNING s.id;
