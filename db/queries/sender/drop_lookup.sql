-- name: drop_lookup!
DELETE FROM truesend.lookups WHERE message_id = :message_id;
