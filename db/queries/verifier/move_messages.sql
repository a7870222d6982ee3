-- name: move_messages
-- Undelivered messages of superseded sessions go to their successors. What is being sent stays where it is.
UPDATE scheduled_whatsapp_messages AS m
SET session_id = p.new_session_id
FROM unnest(:old_session_ids::uuid[], :new_session_ids::uuid[], :organization_ids::uuid[])
         AS p (old_session_id, new_session_id, organization_id),
     truesend.message_routes AS r
WHERE r.session_id = p.old_session_id
  AND r.message_id = m.id
  AND m.organization_id = p.organization_id
  AND m.status = 'pending';
