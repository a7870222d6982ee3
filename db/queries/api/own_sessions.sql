-- name: own_sessions
-- Those of the sessions that are the organisation's.
SELECT s.id
FROM whatsapp_sessions AS s
WHERE s.organization_id = :organization_id AND s.id = ANY (:session_ids::uuid[]);
