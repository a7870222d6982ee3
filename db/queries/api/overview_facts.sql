-- name: overview_facts
-- What the verifier has found of each session since the window began, and the last that it found before: in order, the
-- newest :facts_limit of each. Sequence numbers grow with time but for moments, so that they tell where the window begins.
WITH beginning AS MATERIALIZED (
    SELECT truesend.first_seq_since(:since::timestamptz - interval '1 minute') AS seq
)
SELECT w.id AS session_id, f.type, f.created_at, f.payload ->> 'status' AS status,
       (f.payload ->> 'paired')::boolean AS paired, f.payload ->> 'phone_number' AS phone_number,
       (f.payload ->> 'silent_since')::timestamptz AS silent_since, f.payload ->> 'last_error' AS last_error,
       (f.payload ->> 'last_error_at')::timestamptz AS last_error_at,
       (f.payload ->> 'last_verified_at')::timestamptz AS last_verified_at,
       f.payload ->> 'previous_status' AS previous_status,
       (f.payload ->> 'previously_verified_at')::timestamptz AS previously_verified_at
FROM unnest(:session_ids::uuid[]) AS w (id)
CROSS JOIN beginning AS b
CROSS JOIN LATERAL (
    (SELECT e.seq, e.type, e.created_at, e.payload
     FROM truesend.event_log AS e
     WHERE e.aggregatetype = 'session' AND e.aggregateid = w.id AND e.organization_id = :organization_id
       AND e.seq >= b.seq AND e.type = ANY (:types::text[])
     ORDER BY e.seq DESC
     LIMIT :facts_limit)
    UNION ALL
    (SELECT e.seq, e.type, e.created_at, e.payload
     FROM truesend.event_log AS e
     WHERE e.aggregatetype = 'session' AND e.aggregateid = w.id AND e.organization_id = :organization_id
       AND e.seq < b.seq AND e.type = ANY (:types::text[])
     ORDER BY e.seq DESC
     LIMIT 1)
) AS f
ORDER BY w.id, f.seq;
