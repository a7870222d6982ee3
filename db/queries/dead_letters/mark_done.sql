-- name: mark_done!
INSERT INTO truesend.dead_letters_done (topic, kafka_partition, kafka_offset, recorded_ms, action)
VALUES (:topic, :partition, :offset, :recorded_ms, :action)
ON CONFLICT DO NOTHING;
