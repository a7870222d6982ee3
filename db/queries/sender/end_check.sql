-- name: end_check!
-- An operator's look at an accepted message is over; one that the reaper has opened since goes on.
DELETE FROM truesend.lookups WHERE message_id = :message_id AND opened_at = :opened_at;
