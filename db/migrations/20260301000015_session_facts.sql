-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- Nobody reads this schema but its owner, and roles that are granted it on purpose: said again after every new table.
CREATE OR REPLACE PROCEDURE truesend.close_to_others()
LANGUAGE plpgsql
AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
                WHERE relnamespace = 'truesend'::regnamespace AND relkind = 'r' AND NOT relrowsecurity LOOP
        EXECUTE format('ALTER TABLE truesend.%I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
    FOR name IN SELECT quote_ident(rolname) FROM pg_roles WHERE rolname IN ('anon', 'authenticated')
                UNION ALL SELECT 'PUBLIC' LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA truesend FROM %s', name);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA truesend FROM %s', name);
        EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA truesend FROM %s', name);
    END LOOP;
END
$$;

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

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
