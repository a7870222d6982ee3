-- name: oldest_position
SELECT truesend.oldest_position();
