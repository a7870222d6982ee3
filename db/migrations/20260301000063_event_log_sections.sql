-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- Said again: tables that consist of others count, too. Those others are reached through them alone.
CREATE OR REPLACE PROCEDURE truesend.close_to_others()
LANGUAGE plpgsql
AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
                WHERE relnamespace = 'truesend'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity LOOP
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

-- The sections that facts with a position go to, one after the other, round and round: one is being written, from when it began;
-- those that ended wait until all in them is old enough, and are emptied whole. No table is ever made or dropped for it.
CREATE TABLE IF NOT EXISTS truesend.event_sections (
    section smallint PRIMARY KEY,
    began_at timestamptz,
    ended_at timestamptz,
    CHECK (ended_at IS NULL OR began_at IS NOT NULL)
);
CREATE UNIQUE INDEX IF NOT EXISTS event_sections_current
    ON truesend.event_sections ((true)) WHERE began_at IS NOT NULL AND ended_at IS NULL;
INSERT INTO truesend.event_sections (section, began_at)
SELECT n, CASE WHEN n = 0 THEN clock_timestamp() END FROM generate_series(0, 9) AS n
ON CONFLICT DO NOTHING;

-- The log itself. A fact is written into event_log_new, which stays small; the relay gives it its position and moves it into a section,
-- where it is not touched again. What was the log before is a section of its own, empty on a new database.
DO $$
DECLARE
    next_seq bigint;
    rights record;
BEGIN
    IF (SELECT c.relkind = 'p' FROM pg_class AS c WHERE c.oid = 'truesend.event_log'::regclass) THEN
        RETURN;
    END IF;
    LOCK TABLE truesend.event_log IN ACCESS EXCLUSIVE MODE;
    next_seq := nextval(pg_get_serial_sequence('truesend.event_log', 'seq'));
    ALTER TABLE truesend.event_log RENAME TO event_log_before;
    ALTER TABLE truesend.event_log_before ALTER COLUMN seq DROP IDENTITY;

    CREATE TABLE truesend.event_log (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        aggregatetype text NOT NULL CONSTRAINT event_log_aggregatetype_check CHECK (aggregatetype IN ('session', 'message')),
        aggregateid uuid NOT NULL,
        type text NOT NULL,
        payload jsonb NOT NULL,
        organization_id uuid NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        traceparent text,
        position bigint,
        -- where it lies; null, like the position, until the relay has come by
        section smallint
    ) PARTITION BY LIST (section);
    PERFORM setval(pg_get_serial_sequence('truesend.event_log', 'seq'), next_seq);

    CREATE TABLE truesend.event_log_new PARTITION OF truesend.event_log (
        PRIMARY KEY (seq),
        -- so that who reads by position need not look here
        CONSTRAINT event_log_new_has_no_position CHECK (position IS NULL)
    ) FOR VALUES IN (NULL);
    CREATE INDEX event_log_new_history ON truesend.event_log_new (aggregateid, seq);

    FOR number IN 0..9 LOOP
        EXECUTE format('CREATE TABLE truesend.event_log_%s PARTITION OF truesend.event_log (PRIMARY KEY (position))'
                       ' FOR VALUES IN (%s)', number, number);
        EXECUTE format('CREATE INDEX event_log_%s_replay ON truesend.event_log_%s (organization_id, position)', number, number);
        EXECUTE format('CREATE INDEX event_log_%s_history ON truesend.event_log_%s (aggregateid, seq)', number, number);
        EXECUTE format('CREATE INDEX event_log_%s_age ON truesend.event_log_%s (created_at)', number, number);
        EXECUTE format('CREATE INDEX event_log_%s_outcomes ON truesend.event_log_%s'
                       ' (organization_id, created_at, type, aggregateid) WHERE type IN (''message.sent'', ''message.failed'','
                       ' ''message.cancelled'', ''message.unconfirmed'', ''message.retried'', ''message.retry_scheduled'')',
                       number, number);
    END LOOP;
    -- Nothing is read for it: the constraint that was proved before says all that a section's must.
    ALTER TABLE truesend.event_log ATTACH PARTITION truesend.event_log_before FOR VALUES IN (-1);
    UPDATE truesend.event_log SET section = NULL WHERE section = -1 AND position IS NULL;

    -- What db/roles.sql gave, and what row security lets through, goes on, also before that file is run again.
    FOR rights IN
        SELECT format('GRANT %s ON truesend.event_log TO %s', a.privilege_type, a.grantee::regrole) AS statement
        FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'truesend.event_log_before'::regclass AND a.grantee NOT IN (0, c.relowner)
        UNION ALL
        SELECT format('GRANT %s (%I) ON truesend.event_log TO %s', a.privilege_type, k.attname, a.grantee::regrole)
        FROM pg_attribute AS k, aclexplode(k.attacl) AS a
        WHERE k.attrelid = 'truesend.event_log_before'::regclass AND a.grantee <> 0
        UNION ALL
        SELECT format('CREATE POLICY %I ON truesend.event_log AS %s FOR %s TO %s USING (%s)',
                      p.policyname, p.permissive, p.cmd, (SELECT string_agg(quote_ident(r), ', ') FROM unnest(p.roles) AS r),
                      p.qual)
        FROM pg_policies AS p
        WHERE p.schemaname = 'truesend' AND p.tablename = 'event_log_before' AND p.qual IS NOT NULL AND p.with_check IS NULL
    LOOP
        EXECUTE rights.statement;
    END LOOP;
END
$$;

-- Autovacuum comes by once a minute; a table that is emptied as it is filled must not wait for a fifth of it to be dead.
ALTER TABLE truesend.event_log_new SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0
);

-- These name the table by what it was when they were made: made again, with the same words.
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

CREATE OR REPLACE FUNCTION truesend.oldest_position() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT min(e.position) FROM truesend.event_log AS e);

CREATE OR REPLACE FUNCTION truesend.first_seq_since(moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN coalesce((SELECT e.seq
                 FROM truesend.event_log AS e
                 WHERE e.created_at >= first_seq_since.moment
                 ORDER BY e.created_at
                 LIMIT 1), 9223372036854775807);

-- One pass of a relay in one round trip: note what Kafka has confirmed (after published_from, up to published_to), take or renew the lead, give positions to what was committed
-- since, and return what is to be published, in order. One row of nulls: another leads.
--
-- Each statement in here sees what was committed before it began: what is given a position is read after the lead is ours, and its
-- row stays locked to the end, so that positions are given by one at a time even where a leader slept past its lease.
CREATE OR REPLACE FUNCTION truesend.take_facts(
    relay uuid, lease_s double precision, published_from bigint, published_to bigint, row_limit integer
) RETURNS TABLE (
    id uuid, aggregatetype text, aggregateid uuid, type text, created_at timestamptz, "position" bigint, traceparent text,
    body text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- by the indexes always: what is new changes too fast for anybody's statistics
SET enable_seqscan = off SET enable_nestloop = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    state record;
    section_now smallint;
    given bigint;
BEGIN
    -- Nothing to do, which is what most passes find: nothing is written either.
    IF (SELECT r.leader = relay AND r.leader_until > clock_timestamp() + make_interval(secs => lease_s / 2)
               AND r.published_position = r.last_position
        FROM truesend.relay_state AS r)
       AND (SELECT min(n.seq) FROM truesend.event_log_new AS n) IS NULL THEN
        RETURN;
    END IF;

    UPDATE truesend.relay_state AS r
    SET leader = relay, leader_until = clock_timestamp() + make_interval(secs => lease_s),
        -- what does not go on from the mark is of another leader's time, or of another database's, before it was restored
        published_position = CASE WHEN r.published_position BETWEEN published_from AND published_to
                                  THEN least(published_to, r.last_position) ELSE r.published_position END
    WHERE r.leader IS NOT DISTINCT FROM relay OR r.leader_until < clock_timestamp()
    RETURNING r.last_position AS last, r.published_position AS published INTO state;
    IF NOT FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    section_now := (SELECT s.section FROM truesend.event_sections AS s WHERE s.began_at IS NOT NULL AND s.ended_at IS NULL);

    -- Positions without gaps, in the order of insertion. A row that was inserted early and committed late gets a later one:
    -- whoever has read up to a position has missed nothing before it.
    IF state.published = state.last THEN
        RETURN QUERY
        WITH batch AS MATERIALIZED (
            SELECT w.seq, row_number() OVER (ORDER BY w.seq) AS number
            FROM (SELECT n.seq FROM truesend.event_log_new AS n ORDER BY n.seq LIMIT row_limit) AS w
        ), moved AS (
            UPDATE truesend.event_log AS e
            SET position = state.last + b.number, section = section_now
            FROM batch AS b
            WHERE e.section IS NULL AND e.seq = b.seq AND e.seq <= (SELECT max(l.seq) FROM batch AS l)
            RETURNING e.*
        )
        SELECT m.id, m.aggregatetype, m.aggregateid, m.type, m.created_at, m.position, m.traceparent,
               (m.payload || jsonb_build_object('position', m.position, 'type', m.type))::text
        FROM moved AS m
        ORDER BY m.position;
        GET DIAGNOSTICS given = ROW_COUNT;
    ELSE
        -- A leader died, or Kafka is away: what has its position goes first. Live streams read the new ones here meanwhile.
        WITH batch AS MATERIALIZED (
            SELECT w.seq, row_number() OVER (ORDER BY w.seq) AS number
            FROM (SELECT n.seq FROM truesend.event_log_new AS n ORDER BY n.seq LIMIT row_limit) AS w
        )
        UPDATE truesend.event_log AS e
        SET position = state.last + b.number, section = section_now
        FROM batch AS b
        WHERE e.section IS NULL AND e.seq = b.seq AND e.seq <= (SELECT max(l.seq) FROM batch AS l);
        GET DIAGNOSTICS given = ROW_COUNT;
        RETURN QUERY
        SELECT e.id, e.aggregatetype, e.aggregateid, e.type, e.created_at, e.position, e.traceparent,
               (e.payload || jsonb_build_object('position', e.position, 'type', e.type))::text
        FROM truesend.event_log AS e
        WHERE e.position > state.published
        ORDER BY e.position
        LIMIT row_limit;
    END IF;
    IF given > 0 THEN
        UPDATE truesend.relay_state AS r SET last_position = r.last_position + given;
    END IF;
END
$$;

-- Empty the sections in which all is published and past its retention, and begin the next one when an eighth of the retention has gone
-- by since the current one began. One that somebody reads just now is left for the next time: nobody is made to wait behind it.
-- Returns how many sections were emptied, and how many should have been and were not.
CREATE OR REPLACE FUNCTION truesend.turn_sections(retention_s double precision, OUT emptied integer, OUT left_over integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    published bigint;
    old record;
    newest bigint;
BEGIN
    emptied := 0;
    left_over := 0;
    SELECT r.published_position INTO published FROM truesend.relay_state AS r FOR UPDATE;
    FOR old IN
        SELECT s.section, format('truesend.event_log_%s', s.section) AS name
        FROM truesend.event_sections AS s
        -- it ended after the last fact in it was written
        WHERE s.ended_at < clock_timestamp() - make_interval(secs => retention_s)
        ORDER BY s.ended_at
    LOOP
        EXECUTE format('SELECT max(e.position) FROM %s AS e', old.name) INTO newest;
        CONTINUE WHEN newest > published;
        BEGIN
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', old.name);
            EXECUTE format('TRUNCATE %s', old.name);
            UPDATE truesend.event_sections AS s SET began_at = NULL, ended_at = NULL WHERE s.section = old.section;
            emptied := emptied + 1;
        EXCEPTION WHEN lock_not_available THEN
            left_over := left_over + 1;
        END;
    END LOOP;

    WITH following AS (
        SELECT s.section AS current, n.section AS next
        FROM truesend.event_sections AS s
        JOIN truesend.event_sections AS n
            ON n.section = (s.section + 1) % (SELECT count(*) FROM truesend.event_sections) AND n.began_at IS NULL
        WHERE s.began_at < clock_timestamp() - make_interval(secs => retention_s / 8) AND s.ended_at IS NULL
    ), ended AS (
        UPDATE truesend.event_sections AS s SET ended_at = clock_timestamp()
        FROM following AS f WHERE s.section = f.current
        RETURNING f.next
    )
    SELECT e.next INTO old FROM ended AS e;
    IF FOUND THEN
        UPDATE truesend.event_sections AS s SET began_at = clock_timestamp() WHERE s.section = old.next;
    END IF;
END
$$;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
