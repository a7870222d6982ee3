-- name: resign!
UPDATE truesend.relay_state SET leader = NULL, leader_until = '-infinity' WHERE leader = :leader;
