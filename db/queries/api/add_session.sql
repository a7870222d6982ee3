-- name: add_session
-- A session that was never paired, under the name that its gateway will know it by.
INSERT INTO whatsapp_sessions (id, organization_id, display_name, gateway, status, session_data)
VALUES (:session_id::uuid, :organization_id::uuid, :display_name::text, :gateway::text, 'disconnected',
        jsonb_build_object('vps_session_id', 'wa_' || :session_id::uuid::text))
RETURNING id;
