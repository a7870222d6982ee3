-- name: release_checks
-- Checks that end without an answer: whoever sweeps next asks again, fresh or not.
UPDATE truesend.session_checks AS c
SET token = NULL, lease_until = NULL, ask_again = true, due_at = now()
FROM unnest(:session_ids::uuid[], :tokens::uuid[]) AS h (session_id, token)
WHERE c.session_id = h.session_id AND c.token = h.token;
