-- name: renew_checks
-- Checks that wait for their turn at a slow gateway stay ours.
UPDATE truesend.session_checks AS c
SET lease_until = now() + make_interval(secs => :lease_s), due_at = now() + make_interval(secs => :lease_s)
FROM unnest(:session_ids::uuid[], :tokens::uuid[]) AS h (session_id, token)
WHERE c.session_id = h.session_id AND c.token = h.token;
