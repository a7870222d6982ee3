-- name: last_position
SELECT r.last_position FROM truesend.relay_state AS r;
