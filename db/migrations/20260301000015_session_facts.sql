-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- The fact about a session that an operator's action makes: the row as it stands, who did it and why.
CREATE OR REPLACE FUNCTION truesend.session_fact(
    session_id uuid, type text, actor text, reason text
) RETURNS jsonb
LANGUAGE sql STABLE
RETURN (
    SELECT jsonb_build_object(
        'id', s.id, 'organization_id', s.organization_id, 'type', type, 'status', s.status, 'version', s.version,
        'occurred_at', now(), 'last_error', s.last_error, 'last_error_at', s.last_error_at,
        'last_verified_at', s.last_verified_at, 'phone_number', s.phone_number, 'previous_status', s.status,
        'actor', actor, 'reason', reason)
    FROM whatsapp_sessions AS s
    WHERE s.id = session_id
);
REVOKE ALL ON FUNCTION truesend.session_fact FROM PUBLIC;

-- migrate:down
SELECT 1;
