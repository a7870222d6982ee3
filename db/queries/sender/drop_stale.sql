-- name: drop_stale!
-- What was chosen but could not be claimed has changed since it was staged. Staging finds it again if it is still due.
DELETE FROM truesend.dispatch_queue
WHERE message_id = ANY (:message_ids::uuid[]) AND claimed_at IS NULL;
