-- name: is_at_work
-- Whether a verifier or a sender is running on this database: one of them leads the relay.
SELECT EXISTS (SELECT FROM truesend.relay_state AS r WHERE r.leader_until > now());
