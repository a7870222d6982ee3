-- name: release_chats!
-- A chat's next message waits for its first to be confirmed, or for the time that a confirmation may take.
DELETE FROM truesend.dispatch_queue
WHERE answered_at < now() - make_interval(secs => :confirm_timeout_s);
