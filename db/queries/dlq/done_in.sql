-- name: done_in
-- Which dead letters of a partition have been dealt with, from an offset on.
SELECT d.record_offset, d.buried_at
FROM truesend.dead_letters_done AS d
WHERE d.topic = :topic AND d.partition = :partition AND d.record_offset >= :begin_offset;
