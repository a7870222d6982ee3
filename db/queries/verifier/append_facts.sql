-- name: append_facts
-- In the order given, which is the order of their sequence; and a hint to the relay.
WITH appended AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'session', f.session_id, f.type, f.payload, f.organization_id, f.traceparent
    FROM unnest(:session_ids::uuid[], :types::text[], :payloads::jsonb[], :organization_ids::uuid[], :traceparents::text[])
        WITH ORDINALITY AS f (session_id, type, payload, organization_id, traceparent, number)
    ORDER BY f.number
    RETURNING 1
)
SELECT pg_notify('truesend_relay', '') FROM (SELECT count(*) FROM appended) AS all_of_them;
