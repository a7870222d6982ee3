-- name: prune_done!
-- Forget about records that Kafka has forgotten.
DELETE FROM truesend.dead_letters_done AS d
WHERE d.buried_at < now() - make_interval(secs => :retention_s);
