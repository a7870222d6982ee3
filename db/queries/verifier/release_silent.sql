-- name: release_silent
-- Silent sessions that may send nevertheless; :try_again marks those that were reconnected.
WITH marked AS (
    UPDATE truesend.session_silence AS n
    SET tried_again_at = now()
    FROM unnest(:session_ids::uuid[], :try_again::boolean[]) AS t (session_id, tries_again)
    WHERE n.session_id = t.session_id AND t.tries_again
    RETURNING 1
), released AS (
    UPDATE truesend.session_pace AS p
    SET held_until = NULL, hold_reason = NULL
    WHERE p.session_id = ANY (:session_ids::uuid[]) AND p.hold_reason = 'silent'
    RETURNING 1
)
SELECT pg_notify('truesend_dispatch', '') FROM (SELECT count(*) AS number FROM released) AS r WHERE r.number > 0;
