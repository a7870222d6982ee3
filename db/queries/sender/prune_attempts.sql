-- name: prune_attempts
-- A slice of the old attempts, after the cursor. Those of messages that were sent, failed, or are gone are deleted. Of one
-- that is not at its end, or was cancelled, they stay: they say whether it may have left. What is personal in them goes.
WITH slice AS MATERIALIZED (
    SELECT a.finished_at, a.message_id, a.lease_token, m.status
    FROM (SELECT o.finished_at, o.message_id, o.lease_token
          FROM truesend.message_attempts AS o
          WHERE o.finished_at < now() - make_interval(secs => :retention_s)
            AND (o.finished_at, o.message_id, o.lease_token)
                > (:after_finished_at::timestamptz, :after_message_id::uuid, :after_lease_token::uuid)
          ORDER BY o.finished_at, o.message_id, o.lease_token
          LIMIT :row_limit) AS a
    LEFT JOIN scheduled_whatsapp_messages AS m ON m.id = a.message_id
), deleted AS (
    DELETE FROM truesend.message_attempts AS a
    USING slice AS s
    WHERE a.message_id = s.message_id AND a.lease_token = s.lease_token
      AND (s.status IS NULL OR s.status IN ('sent', 'failed'))
    RETURNING 1
), blanked AS (
    UPDATE truesend.message_attempts AS a
    SET recipient = NULL, answer = NULL
    FROM slice AS s
    WHERE a.message_id = s.message_id AND a.lease_token = s.lease_token AND s.status = 'cancelled'
      AND (a.recipient IS NOT NULL OR a.answer IS NOT NULL)
    RETURNING 1
)
SELECT (SELECT count(*) FROM slice) AS scanned,
       (SELECT count(*) FROM deleted) AS deleted,
       (SELECT count(*) FROM blanked) AS blanked,
       last.finished_at AS last_finished_at, last.message_id AS last_message_id, last.lease_token AS last_lease_token
FROM (VALUES (1)) AS one (row)
LEFT JOIN (SELECT finished_at, message_id, lease_token FROM slice
           ORDER BY finished_at DESC, message_id DESC, lease_token DESC LIMIT 1) AS last ON true;
