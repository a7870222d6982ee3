-- name: forget_gone!
-- Evidence about messages that were deleted has nothing left to say.
UPDATE truesend.evidence AS e
SET weighed_at = now()
WHERE e.message_id = ANY (:message_ids::uuid[]) AND e.weighed_at IS NULL
  AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m WHERE m.id = e.message_id);
