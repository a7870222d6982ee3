-- name: note_late_ids!
-- An answer that came after its lease ran out still names the message, where nothing has named it yet.
UPDATE scheduled_whatsapp_messages AS m
SET gateway_message_id = i.gateway_message_id, version = m.version + 1
FROM unnest(:message_ids::uuid[], :started_ats::timestamptz[], :gateway_message_ids::text[])
    AS i (message_id, started_at, gateway_message_id)
WHERE m.id = i.message_id AND m.attempt_started_at = i.started_at AND m.gateway_message_id IS NULL
  AND m.status IN ('sending', 'sent', 'failed');
