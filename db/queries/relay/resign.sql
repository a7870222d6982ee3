-- name: resign!
-- Let another lead at once, and leave it nothing to repeat.
UPDATE truesend.relay_state
SET leader = NULL, leader_until = '-infinity',
    published_position = CASE WHEN published_position BETWEEN :published_from AND :published_to
                              THEN least(:published_to, last_position) ELSE published_position END
WHERE leader = :relay;
