-- name: prune_queue
-- Queued rows whose message is no longer pending, or gone: looked through in slices, since held ones are never claimed.
WITH slice AS MATERIALIZED (
    SELECT q.message_id
    FROM truesend.dispatch_queue AS q
    WHERE q.message_id > :after_id
    ORDER BY q.message_id
    LIMIT :row_limit
), pruned AS (
    DELETE FROM truesend.dispatch_queue AS q
    USING slice AS s
    WHERE q.message_id = s.message_id
      AND q.claimed_at IS NULL
      AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m WHERE m.id = q.message_id AND m.status = 'pending')
    RETURNING 1
), freed AS (
    -- in flight, and the message has gone its own way: cancelled or deleted by the CRM while nobody was left to say so
    DELETE FROM truesend.dispatch_queue AS q
    USING slice AS s
    WHERE q.message_id = s.message_id
      AND q.claimed_at < now() - make_interval(secs => :abandoned_after_s)
      AND q.answered_at IS NULL
      AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                      WHERE m.id = q.message_id AND m.lease_token = q.lease_token AND m.status = 'sending')
    RETURNING 1
)
SELECT (SELECT count(*) FROM slice) AS scanned,
       (SELECT message_id FROM slice ORDER BY message_id DESC LIMIT 1) AS last_id,
       (SELECT count(*) FROM pruned) + (SELECT count(*) FROM freed) AS removed;
