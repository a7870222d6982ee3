-- name: unrouted
-- Pending messages that the view as it is gives no session, or no recipient, by organisation.
SELECT m.organization_id, count(*) AS messages
FROM scheduled_whatsapp_messages AS m
LEFT JOIN truesend.message_routes AS r ON r.message_id = m.id
WHERE m.status = 'pending' AND (r.session_id IS NULL OR r.recipient IS NULL)
GROUP BY m.organization_id
ORDER BY m.organization_id;
