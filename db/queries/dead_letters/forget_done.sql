-- name: forget_done!
-- Kafka has forgotten them, too.
DELETE FROM truesend.dead_letters_done
WHERE topic = :topic AND kafka_partition = :partition AND kafka_offset < :before_offset;
