-- name: lock_messages
-- The rows that evidence is about, held for this transaction. One that somebody else holds is passed over, and weighed
-- later.
SELECT m.id, m.organization_id, m.status, m.version, coalesce(m.retry_count, 0) AS retry_count, m.attempt_started_at,
       m.retried_at, m.delivered_at, m.read_at, m.vps_error
FROM scheduled_whatsapp_messages AS m
WHERE m.id = ANY (:message_ids::uuid[])
ORDER BY m.id
FOR UPDATE SKIP LOCKED;
