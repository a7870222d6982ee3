-- migrate:up
-- Everybody's facts, as facts_after gives them to the live feed, each with the trace that it is of. A function can't get another
-- column: the old one stays, for services that are not renewed yet.
CREATE OR REPLACE FUNCTION truesend.traced_facts_after(after_position bigint, row_limit integer)
RETURNS TABLE (
    aggregatetype text, type text, "position" bigint, payload jsonb, organization_id uuid, traceparent text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT e.aggregatetype, e.type, e.position, e.payload, e.organization_id, e.traceparent
    FROM truesend.event_log AS e
    WHERE e.position > traced_facts_after.after_position
    ORDER BY e.position
    LIMIT traced_facts_after.row_limit;
END;

CALL truesend.close_to_others();

-- Whoever may call the old one may call this one, also before db/roles.sql is run again.
DO $$
DECLARE
    caller text;
BEGIN
    FOR caller IN
        SELECT a.grantee::regrole::text
        FROM pg_proc AS p
        CROSS JOIN LATERAL aclexplode(p.proacl) AS a
        WHERE p.oid = 'truesend.facts_after(bigint, integer)'::regprocedure AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE 'GRANT EXECUTE ON FUNCTION truesend.traced_facts_after(bigint, integer) TO ' || caller;
    END LOOP;
END
$$;

-- migrate:down
SELECT 1;
