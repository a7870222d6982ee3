-- name: holds_others
-- Whether there is a session of anybody but these organisations.
SELECT EXISTS (
    SELECT FROM whatsapp_sessions WHERE organization_id <> ALL(:organizations::uuid[])
);
