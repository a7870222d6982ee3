-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- For which organisation the transaction reads and writes: what the policies of db/roles.sql go by. NULL, which equals
-- nothing, outside of one.
CREATE OR REPLACE FUNCTION truesend.current_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('truesend.organization_id', true), '')::uuid;

-- What the API asks across organisations, each thing by a function that runs as the schema's owner and says no more than is
-- needed. A forgotten condition cannot reach through them.

-- Everybody's facts, for the one live feed of a process, which hands each to its organisation only.
CREATE OR REPLACE FUNCTION truesend.facts_after(after_position bigint, row_limit integer)
RETURNS TABLE (aggregatetype text, type text, "position" bigint, payload jsonb, organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT e.aggregatetype, e.type, e.position, e.payload, e.organization_id
    FROM truesend.event_log AS e
    WHERE e.position > facts_after.after_position
    ORDER BY e.position
    LIMIT facts_after.row_limit;
END;

-- The oldest position that is kept.
CREATE OR REPLACE FUNCTION truesend.oldest_position() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT min(e.position) FROM truesend.event_log AS e);

-- The number of the first fact since a moment; greater than any where there is none.
CREATE OR REPLACE FUNCTION truesend.first_seq_since(moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN coalesce((SELECT e.seq
                 FROM truesend.event_log AS e
                 WHERE e.created_at >= first_seq_since.moment
                 ORDER BY e.created_at
                 LIMIT 1), 9223372036854775807);

-- Which session a gateway calls by this name, and whose it is, for its webhooks; two rows where the name is ambiguous.
CREATE OR REPLACE FUNCTION truesend.sessions_called(gateway text, gateway_session_id text)
RETURNS TABLE (id uuid, organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.id, s.organization_id
    FROM whatsapp_sessions AS s
    WHERE s.gateway = sessions_called.gateway
      AND coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id::text)
          = sessions_called.gateway_session_id
    LIMIT 2;
END;

-- Whether a user belongs to an organisation, asked before it is known for whom the request is. Bound late, for the view may
-- be replaced in any way.
CREATE OR REPLACE FUNCTION truesend.belongs_to(user_id uuid, organization_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM truesend.user_organizations AS u
                   WHERE u.user_id = belongs_to.user_id AND u.organization_id = belongs_to.organization_id)
$$;

-- A table of the CRM's whose rows would be deleted together with this session; NULL where there is none. Its name, quoted,
-- and nothing of its rows.
DO $do$
BEGIN
    EXECUTE format($define$
CREATE OR REPLACE FUNCTION truesend.session_dependent(session_id uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    dependent record;
    is_used boolean;
BEGIN
    FOR dependent IN
        SELECT format('%%I.%%I', n.nspname, t.relname) AS table_name, a.attname AS column_name
        FROM pg_constraint AS c
        JOIN pg_class AS t ON t.oid = c.conrelid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = %1$L::regclass AND c.confdeltype = 'c'
          AND cardinality(c.conkey) = 1 AND c.conparentid = 0
        ORDER BY 1, 2
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %%s WHERE %%I = $1)', dependent.table_name, dependent.column_name)
        INTO is_used USING session_id;
        IF is_used THEN
            RETURN dependent.table_name;
        END IF;
    END LOOP;
    RETURN NULL;
END
$function$
$define$, (SELECT format('%I.%I', n.nspname, c.relname)
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.oid = 'whatsapp_sessions'::regclass));
END
$do$;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
