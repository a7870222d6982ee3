-- name: lock_checks
SELECT session_id, token, ask_again, connecting_since, connecting_seen_at, superseded_by
FROM truesend.session_checks
WHERE session_id = ANY (:session_ids::uuid[])
ORDER BY session_id
FOR UPDATE;
