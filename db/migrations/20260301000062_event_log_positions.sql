-- migrate:up transaction:false
-- Facts that have no position yet are moved when the log gets its sections, under a lock. Where no relay has run for long there may be
-- many: they get their positions before, a thousand at a time, as a relay would give them.
DO $$
DECLARE
    given integer := 1;
BEGIN
    WHILE given > 0 AND (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = 'truesend.event_log'::regclass) LOOP
        PERFORM set_config('lock_timeout', '1500ms', true);
        PERFORM FROM truesend.relay_state FOR UPDATE;
        WITH batch AS MATERIALIZED (
            SELECT e.id, row_number() OVER (ORDER BY e.seq) AS number
            FROM (SELECT w.id, w.seq FROM truesend.event_log AS w WHERE w.position IS NULL ORDER BY w.seq LIMIT 1000) AS e
        ), state AS (
            UPDATE truesend.relay_state AS r
            SET last_position = r.last_position + b.size
            FROM (SELECT count(*) AS size FROM batch) AS b
            WHERE b.size > 0
            RETURNING r.last_position - b.size AS before
        )
        UPDATE truesend.event_log AS e SET position = s.before + b.number FROM batch AS b, state AS s WHERE e.id = b.id;
        GET DIAGNOSTICS given = ROW_COUNT;
        COMMIT;
    END LOOP;
END
$$;

-- migrate:down
SELECT 1;
