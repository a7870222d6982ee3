-- name: append_session_request
-- The fact that an operator asked something of a session's gateway: unless somebody asked just before. The caller holds
-- the session's row.
INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
SELECT 'session', :session_id, :type, truesend.session_fact(:session_id::uuid, :type::text, :actor::text, :reason::text),
       :organization_id, :traceparent
WHERE NOT EXISTS (
    SELECT FROM truesend.event_log AS e
    WHERE e.aggregatetype = 'session' AND e.aggregateid = :session_id
      AND e.type IN ('session.reconnect_requested', 'session.disconnect_requested')
      AND e.created_at > now() - make_interval(secs => :pause_s::float8))
RETURNING seq;
