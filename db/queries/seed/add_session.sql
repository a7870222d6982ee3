-- name: add_session
-- A session as a CRM has it, once. A paired one says that it was connected yesterday.
INSERT INTO whatsapp_sessions (id, organization_id, phone_number, display_name, session_data, status, connected_at)
VALUES (
    :id::uuid, :organization_id::uuid, :phone_number::text, :display_name::text,
    jsonb_build_object('vps_session_id', :gateway_session_id::text), :status::text,
    CASE WHEN :paired::boolean THEN now() - interval '1 day' END
)
ON CONFLICT DO NOTHING
RETURNING id;
