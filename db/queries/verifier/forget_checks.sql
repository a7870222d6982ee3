-- name: forget_checks
-- What is known about sessions that the CRM has deleted.
DELETE FROM truesend.session_checks AS c
WHERE c.session_id = ANY (:session_ids::uuid[])
  AND NOT EXISTS (SELECT FROM whatsapp_sessions AS s WHERE s.id = c.session_id);
