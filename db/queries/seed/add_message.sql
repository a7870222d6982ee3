-- name: add_message
-- A message that is due now, unless enough of them wait for this session already.
INSERT INTO scheduled_whatsapp_messages (organization_id, session_id, recipient, message_content, scheduled_for)
SELECT s.organization_id, s.id, :recipient::text, :message_content::text, now()
FROM whatsapp_sessions AS s
WHERE s.id = :session_id::uuid
  AND (SELECT count(*) FROM scheduled_whatsapp_messages AS m
       WHERE m.session_id = s.id AND m.status = 'pending') < :most_waiting::integer
RETURNING id;
