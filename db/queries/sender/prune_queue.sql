-- name: prune_queue
-- Queued rows whose message is no longer pending, or gone: looked through in slices, since held ones are never claimed.
-- Messages are asked for one by one, by their index: what is known of the queue's size is of another moment.
WITH slice AS MATERIALIZED (
    SELECT count(*) AS scanned, (array_agg(s.message_id))[count(*)] AS last_id
    FROM (SELECT q.message_id
          FROM truesend.dispatch_queue AS q
          WHERE q.message_id > :after_id
          ORDER BY q.message_id
          LIMIT :row_limit) AS s
), pruned AS (
    DELETE FROM truesend.dispatch_queue AS q
    WHERE q.message_id > :after_id AND q.message_id <= (SELECT s.last_id FROM slice AS s)
      AND q.claimed_at IS NULL
      AND (SELECT m.status FROM scheduled_whatsapp_messages AS m WHERE m.id = q.message_id) IS DISTINCT FROM 'pending'
    RETURNING 1
), freed AS (
    -- in flight, and the message has gone its own way: cancelled or deleted by the CRM while nobody was left to say so
    DELETE FROM truesend.dispatch_queue AS q
    WHERE q.message_id > :after_id AND q.message_id <= (SELECT s.last_id FROM slice AS s)
      AND q.claimed_at < now() - make_interval(secs => :abandoned_after_s)
      AND q.answered_at IS NULL
      AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                      WHERE m.id = q.message_id AND m.lease_token = q.lease_token AND m.status = 'sending')
    RETURNING 1
)
SELECT s.scanned, s.last_id, (SELECT count(*) FROM pruned) + (SELECT count(*) FROM freed) AS removed
FROM slice AS s;
