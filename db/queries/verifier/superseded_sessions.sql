-- name: superseded_sessions
-- Sessions that are down because another one, which is connected, holds their number.
SELECT old.id AS old_session_id, new.id AS new_session_id, old.organization_id
FROM truesend.session_checks AS c
JOIN whatsapp_sessions AS old ON old.id = c.session_id AND old.status <> 'connected'
JOIN whatsapp_sessions AS new ON new.id = c.superseded_by AND new.status = 'connected'
    AND new.organization_id = old.organization_id
WHERE c.superseded_by IS NOT NULL;
