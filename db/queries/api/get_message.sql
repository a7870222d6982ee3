-- name: get_message
SELECT m.id, to_jsonb(m) - 'lease_token' - 'lease_until' AS message
FROM scheduled_whatsapp_messages AS m
WHERE m.organization_id = :organization_id AND m.id = :message_id;
