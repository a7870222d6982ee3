-- name: live_claims
-- Which of these leases still wait for their start.
SELECT m.lease_token
FROM unnest(:message_ids::uuid[], :lease_tokens::uuid[]) AS i (message_id, lease_token)
JOIN scheduled_whatsapp_messages AS m ON m.id = i.message_id AND m.lease_token = i.lease_token
WHERE m.status = 'sending' AND m.attempt_started_at IS NULL AND m.lease_until > now();
