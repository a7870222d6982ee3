-- name: append_session_created
INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
VALUES ('session', :session_id::uuid, 'session.created',
        truesend.session_fact(:session_id::uuid, 'session.created', :actor::text, NULL), :organization_id::uuid,
        :traceparent::text)
RETURNING seq;
