-- name: release_chats!
-- A chat's next message waits for its first to be confirmed, or for the time that a confirmation may take. A first that is to
-- be looked up is asked about before the next one goes, since gateways remember only a chat's last message; not for ever.
DELETE FROM truesend.dispatch_queue AS q
WHERE q.answered_at < now() - make_interval(secs => :confirm_timeout_s)
  AND (q.answered_at < now() - 2 * make_interval(secs => :confirm_timeout_s)
       OR NOT EXISTS (SELECT FROM truesend.lookups AS l WHERE l.message_id = q.message_id AND l.lookups = 0));
