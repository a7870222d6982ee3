-- name: advance!
UPDATE truesend.relay_state
SET published_position = greatest(published_position, least(:position, last_position));
