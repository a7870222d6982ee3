-- name: note_done
-- Note that a dead letter has been dealt with; no row where it had been noted before.
INSERT INTO truesend.dead_letters_done (topic, partition, record_offset, buried_at, action)
VALUES (:topic, :partition, :record_offset, :buried_at, :action)
ON CONFLICT DO NOTHING
RETURNING true;
