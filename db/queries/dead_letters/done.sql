-- name: done
SELECT d.kafka_partition, d.kafka_offset, d.recorded_ms
FROM truesend.dead_letters_done AS d
WHERE d.topic = :topic;
