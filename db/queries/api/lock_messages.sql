-- name: lock_messages
-- Those of these messages that nobody else is changing at this moment, locked for the transaction.
SELECT m.id
FROM scheduled_whatsapp_messages AS m
WHERE m.organization_id = :organization_id AND m.id = ANY (:message_ids::uuid[])
ORDER BY m.id
FOR UPDATE SKIP LOCKED;
