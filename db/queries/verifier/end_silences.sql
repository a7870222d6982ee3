-- name: end_silences
-- Sessions that are heard again: what was held leaves at once. Returns those that were silent until now.
WITH ended AS (
    DELETE FROM truesend.session_silence WHERE session_id = ANY (:session_ids::uuid[])
    RETURNING session_id
), released AS (
    UPDATE truesend.session_pace AS p
    SET held_until = NULL, hold_reason = NULL
    WHERE p.session_id = ANY (:session_ids::uuid[]) AND p.hold_reason = 'silent'
    RETURNING 1
), told AS (
    SELECT pg_notify('truesend_dispatch', '') FROM (SELECT count(*) AS number FROM released) AS r WHERE r.number > 0
)
SELECT session_id FROM ended LEFT JOIN told ON true;
