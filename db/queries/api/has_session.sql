-- name: has_session
SELECT EXISTS (SELECT FROM whatsapp_sessions AS s
               WHERE s.organization_id = :organization_id AND s.id = :session_id);
