-- A role of least privilege for each service, and row security as a second wall between organisations.
--
-- Run it as the role that migrated (it owns the schema truesend and the two tables of the CRM, and must be allowed to make
-- roles), and again after every upgrade. Running it twice changes nothing:
--
--     psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f db/roles.sql
--
-- The roles cannot log in. Give each service a login of its own:
--
--     CREATE ROLE crm_api LOGIN PASSWORD '…' IN ROLE truesend_api;
--
-- The API's role sees, of tables with organisations in them, only rows of the one that its transaction is for
-- (`SET LOCAL truesend.organization_id`), whatever a statement forgets. Verifier and sender work for all organisations.
--
-- Where the CRM has no row security on its two tables, the wall has a hole there, which is left unless you say otherwise:
--
--     psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -c "SET truesend.enable_row_security = on" -f db/roles.sql
--
-- That switches it on, with a policy that lets everybody but the API's role go on as before.
--
-- Where DEAD_LETTER_TABLE is set, the sender's role needs that table, too:
--
--     psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -c "SET truesend.dead_letter_table = 'public.dead_letter_queue'" -f db/roles.sql

BEGIN;
SET LOCAL lock_timeout = '1500ms';

-- A policy that is there stays untouched, so that running this again takes no lock that anybody waits for.
CREATE OR REPLACE PROCEDURE pg_temp.add_policy(name text, target regclass, definition text)
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = target AND p.polname = name) THEN
        EXECUTE format('CREATE POLICY %I ON %s %s', name, target, definition);
    END IF;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['truesend_api', 'truesend_verifier', 'truesend_sender'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- roles are the whole server's: somebody else has just made it, for another database
            END;
        END IF;
    END LOOP;
    -- The two tables are wherever the search path finds them.
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO truesend_api, truesend_verifier, truesend_sender',
                   (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = 'whatsapp_sessions'::regclass));
END
$$;

-- What follows is all that they may do: nothing is left of what an older version of this file gave them.
REVOKE ALL ON ALL TABLES IN SCHEMA truesend FROM truesend_api, truesend_verifier, truesend_sender;
REVOKE ALL ON ALL ROUTINES IN SCHEMA truesend FROM truesend_api, truesend_verifier, truesend_sender;
REVOKE ALL ON whatsapp_sessions, scheduled_whatsapp_messages FROM truesend_api, truesend_verifier, truesend_sender;
GRANT USAGE ON SCHEMA truesend TO truesend_api, truesend_verifier, truesend_sender;

-- ── API ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- It answers with messages as they are, in whatever columns the CRM has, and takes values for these. Their sending is not
-- its to write.
GRANT SELECT, INSERT ON scheduled_whatsapp_messages TO truesend_api;
GRANT UPDATE (
    status, sent_at, error_message, retry_count, vps_error, session_id, next_attempt_at, lease_token, lease_until,
    attempt_started_at, gateway_message_id, accepted_at, unconfirmed_at, delivered_at, version, retried_at
) ON scheduled_whatsapp_messages TO truesend_api;
-- No column of a session is ever written; to lock a row takes the right to write one.
GRANT SELECT (
    id, organization_id, phone_number, display_name, session_data, status, connected_at, last_active_at, created_at,
    updated_at, last_error, last_error_at, last_verified_at, gateway, version
), UPDATE (version), DELETE ON whatsapp_sessions TO truesend_api;
GRANT INSERT (id, organization_id, display_name, session_data, status, gateway) ON whatsapp_sessions TO truesend_api;

GRANT SELECT, INSERT (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    ON truesend.event_log TO truesend_api;
GRANT SELECT, UPDATE (failure_counted) ON truesend.message_attempts TO truesend_api;
GRANT SELECT, INSERT, UPDATE (answer) ON truesend.idempotency_keys TO truesend_api;
GRANT SELECT, INSERT, DELETE, UPDATE (next_lookup_at) ON truesend.lookups TO truesend_api;
GRANT SELECT, DELETE, UPDATE (next_send_at) ON truesend.session_pace TO truesend_api;
GRANT SELECT, INSERT, UPDATE ON truesend.session_rules TO truesend_api;
GRANT SELECT, INSERT ON truesend.batches TO truesend_api;
GRANT SELECT, DELETE ON truesend.dispatch_queue, truesend.session_checks TO truesend_api;
GRANT SELECT ON truesend.evidence, truesend.session_silence, truesend.alerts, truesend.adoption, truesend.message_routes
    TO truesend_api;
GRANT SELECT (last_position) ON truesend.relay_state TO truesend_api;
GRANT SELECT, INSERT, UPDATE ON truesend.webhook_gateways TO truesend_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON truesend.webhook_refusals TO truesend_api;
GRANT SELECT, INSERT, DELETE ON truesend.webhook_refusals_recent TO truesend_api;
GRANT EXECUTE ON FUNCTION
    truesend.current_organization, truesend.message_fact, truesend.session_fact, truesend.message_state,
    truesend.may_have_left, truesend.held_by_rules, truesend.quiet_until, truesend.bare_number,
    -- across organisations, each as narrow as it can be
    truesend.facts_after, truesend.traced_facts_after, truesend.oldest_position, truesend.first_seq_since,
    truesend.sessions_called, truesend.belongs_to, truesend.session_dependent
    TO truesend_api;

-- ── Verifier ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- What a message says is none of its business.
GRANT SELECT (
    id, organization_id, scheduled_for, created_at, status, session_id, recipient, next_attempt_at, unconfirmed_at
), UPDATE (session_id) ON scheduled_whatsapp_messages TO truesend_verifier;
GRANT SELECT, UPDATE (
    phone_number, status, qr_code, qr_expires_at, connected_at, last_active_at, updated_at, last_error, last_error_at,
    last_verified_at, version
) ON whatsapp_sessions TO truesend_verifier;

GRANT SELECT, INSERT, UPDATE, DELETE
    ON truesend.session_checks, truesend.session_silence, truesend.alerts, truesend.alert_deliveries
    TO truesend_verifier;
GRANT SELECT, INSERT, UPDATE ON truesend.session_pace TO truesend_verifier;
GRANT SELECT (session_id, started_at, outcome) ON truesend.message_attempts TO truesend_verifier;
GRANT SELECT ON truesend.dispatch_queue, truesend.adoption, truesend.session_acks, truesend.webhook_gateways,
    truesend.webhook_refusals, truesend.session_rules, truesend.message_routes TO truesend_verifier;
GRANT SELECT (message_id, gateway, next_lookup_at) ON truesend.lookups TO truesend_verifier;
GRANT EXECUTE ON FUNCTION truesend.held_by_rules, truesend.quiet_until TO truesend_verifier;

-- ── Sender ──────────────────────────────────────────────────────────────────────────────────────────────────────────

GRANT SELECT (
    id, organization_id, message_content, media_url, media_type, scheduled_for, status, sent_at, error_message, retry_count,
    created_at, vps_error, session_id, recipient, next_attempt_at, lease_token, lease_until, attempt_started_at,
    gateway_message_id, accepted_at, unconfirmed_at, delivered_at, read_at, version, retried_at
), UPDATE (
    status, sent_at, error_message, retry_count, vps_error, next_attempt_at, lease_token, lease_until, attempt_started_at,
    gateway_message_id, accepted_at, unconfirmed_at, delivered_at, read_at, version, message_content, media_url
) ON scheduled_whatsapp_messages TO truesend_sender;
GRANT SELECT (id, organization_id, status, gateway, session_data) ON whatsapp_sessions TO truesend_sender;

GRANT SELECT, INSERT, UPDATE, DELETE ON truesend.dispatch_queue, truesend.lookups, truesend.evidence TO truesend_sender;
GRANT SELECT, INSERT, UPDATE ON truesend.session_pace, truesend.session_acks TO truesend_sender;
GRANT SELECT, INSERT, UPDATE, DELETE ON truesend.message_attempts TO truesend_sender;
GRANT SELECT, DELETE ON truesend.idempotency_keys TO truesend_sender;
GRANT SELECT, UPDATE (hour_began_at, started_in_hour, day_began_at, started_on_day)
    ON truesend.session_rules TO truesend_sender;
GRANT SELECT ON truesend.adoption, truesend.message_routes TO truesend_sender;
GRANT EXECUTE ON FUNCTION truesend.message_fact, truesend.held_by_rules, truesend.quiet_until, truesend.reserved_id,
    truesend.started_at_gateways, truesend.bury_messages, truesend.settle_buried TO truesend_sender;

-- The CRM's own table of what failed for good, where the sender is to write there (DEAD_LETTER_TABLE).
DO $$
DECLARE
    target regclass := nullif(current_setting('truesend.dead_letter_table', true), '')::regclass;
    changed text;
BEGIN
    IF target IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ') INTO changed
    FROM pg_attribute AS a
    WHERE a.attrelid = target AND a.attname IN ('status', 'notes', 'payload') AND NOT a.attisdropped;
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO truesend_sender',
                   (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = target));
    EXECUTE format('GRANT SELECT, INSERT, UPDATE (%s) ON %s TO truesend_sender', changed, target);
    IF (SELECT c.relrowsecurity FROM pg_class AS c WHERE c.oid = target) THEN
        CALL pg_temp.add_policy('truesend_workers', target, 'TO truesend_sender USING (true)');
    END IF;
END
$$;

-- ── The relay, which runs in both ───────────────────────────────────────────────────────────────────────────────────

-- Positions are given, and sections emptied, by functions that do no more: nobody else moves a fact.
GRANT SELECT, DELETE, INSERT (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    ON truesend.event_log TO truesend_verifier, truesend_sender;
GRANT SELECT, UPDATE (leader, leader_until, published_position) ON truesend.relay_state
    TO truesend_verifier, truesend_sender;
GRANT EXECUTE ON FUNCTION truesend.take_facts, truesend.turn_sections TO truesend_verifier, truesend_sender;

-- ── What the view that routes messages reads of the CRM's tables ────────────────────────────────────────────────────

DO $$
DECLARE
    read record;
    role_name text;
    missing text;
BEGIN
    FOR read IN
        WITH RECURSIVE reads AS (
            SELECT d.refobjid AS relation, d.refobjsubid AS number
            FROM pg_rewrite AS r
            JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            WHERE r.ev_class = 'truesend.message_routes'::regclass AND d.refclassid = 'pg_class'::regclass
            UNION
            SELECT d.refobjid, d.refobjsubid
            FROM reads AS known
            JOIN pg_rewrite AS r ON r.ev_class = known.relation
            JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            WHERE d.refclassid = 'pg_class'::regclass
        )
        SELECT c.oid::regclass AS name, c.relkind = 'v' AS is_view, c.relrowsecurity AS is_secured,
               EXISTS (SELECT FROM pg_options_to_table(c.reloptions) AS o
                       WHERE o.option_name = 'security_invoker' AND o.option_value::boolean) AS is_invoker,
               array_agg(x.number) FILTER (WHERE x.number > 0) AS columns,
               EXISTS (SELECT FROM pg_attribute AS k
                       WHERE k.attrelid = c.oid AND k.attname = 'organization_id' AND NOT k.attisdropped) AS is_marked
        FROM reads AS x
        JOIN pg_class AS c ON c.oid = x.relation
        GROUP BY c.oid
    LOOP
        IF read.is_view AND NOT read.is_invoker THEN
            RAISE EXCEPTION USING MESSAGE = format('the view %s reads past row security', read.name),
                HINT = format('ALTER VIEW %s SET (security_invoker = true);', read.name);
        END IF;
        CONTINUE WHEN read.columns IS NULL OR read.name = 'truesend.message_routes'::regclass;
        FOREACH role_name IN ARRAY ARRAY['truesend_api', 'truesend_verifier', 'truesend_sender'] LOOP
            SELECT string_agg(quote_ident(a.attname), ', ') INTO missing
            FROM pg_attribute AS a
            WHERE a.attrelid = read.name AND a.attnum = ANY (read.columns)
              AND NOT has_column_privilege(role_name, a.attrelid, a.attnum, 'SELECT');
            IF missing IS NOT NULL THEN
                EXECUTE format('GRANT SELECT (%s) ON %s TO %I', missing, read.name, role_name);
            END IF;
        END LOOP;
        -- the policies of the two tables come below
        CONTINUE WHEN read.is_view OR NOT read.is_secured
            OR read.name IN ('whatsapp_sessions'::regclass, 'scheduled_whatsapp_messages'::regclass);
        CALL pg_temp.add_policy('truesend_workers', read.name, 'FOR SELECT TO truesend_verifier, truesend_sender USING (true)');
        IF NOT read.is_marked THEN
            RAISE WARNING USING MESSAGE = format('%s has no organization_id, so the API sees no row of it', read.name),
                HINT = format('CREATE POLICY … ON %s FOR SELECT TO truesend_api USING (…);', read.name);
            CONTINUE;
        END IF;
        CALL pg_temp.add_policy('truesend_api', read.name,
                                'FOR SELECT TO truesend_api USING (organization_id = truesend.current_organization())');
        CALL pg_temp.add_policy('truesend_api_only', read.name,
                                'AS RESTRICTIVE TO truesend_api USING (organization_id = truesend.current_organization())');
    END LOOP;
END
$$;

-- ── Row security ────────────────────────────────────────────────────────────────────────────────────────────────────

-- Our own tables: on since they were made, with no policy, so that nobody passes but their owner.
DO $$
DECLARE
    ours record;
    condition text;
BEGIN
    FOR ours IN
        SELECT c.oid::regclass AS name, c.relname,
               EXISTS (SELECT FROM pg_attribute AS a
                       WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped) AS is_marked,
               EXISTS (SELECT FROM pg_attribute AS a
                       WHERE a.attrelid = c.oid AND a.attname = 'session_id' AND NOT a.attisdropped) AS has_session
        FROM pg_class AS c
        WHERE c.relnamespace = 'truesend'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations'
          -- reached through the table that it is a part of, never by itself
          AND NOT c.relispartition
    LOOP
        CALL pg_temp.add_policy('truesend_workers', ours.name, 'TO truesend_verifier, truesend_sender USING (true)');
        condition := CASE
            WHEN ours.is_marked THEN 'organization_id = truesend.current_organization()'
            WHEN ours.has_session THEN format(
                'EXISTS (SELECT FROM whatsapp_sessions AS s WHERE s.id = %I.session_id'
                ' AND s.organization_id = truesend.current_organization())', ours.relname)
            -- no organisation's: the relay's place, the day of adoption, how gateways' webhooks arrive
            WHEN ours.relname IN ('relay_state', 'adoption', 'webhook_gateways', 'webhook_refusals',
                                  'webhook_refusals_recent') THEN 'true'
        END;
        IF condition IS NOT NULL THEN
            CALL pg_temp.add_policy('truesend_api', ours.name, format('TO truesend_api USING (%s)', condition));
        END IF;
    END LOOP;
END
$$;

-- The CRM's two tables: policies of ours beside its own, for our roles only.
DO $$
DECLARE
    theirs record;
BEGIN
    FOR theirs IN
        SELECT c.oid::regclass AS name, c.relrowsecurity AS is_secured
        FROM pg_class AS c
        WHERE c.oid IN ('whatsapp_sessions'::regclass, 'scheduled_whatsapp_messages'::regclass)
    LOOP
        CALL pg_temp.add_policy('truesend_workers', theirs.name, 'TO truesend_verifier, truesend_sender USING (true)');
        CALL pg_temp.add_policy('truesend_api', theirs.name,
                                'TO truesend_api USING (organization_id = truesend.current_organization())');
        -- A policy of the CRM's that lets everybody in lets the API's role in, too: but never past this one.
        CALL pg_temp.add_policy('truesend_api_only', theirs.name,
                                'AS RESTRICTIVE TO truesend_api USING (organization_id = truesend.current_organization())');
        CONTINUE WHEN theirs.is_secured;
        IF current_setting('truesend.enable_row_security', true) = 'on' THEN
            CALL pg_temp.add_policy('truesend_everybody_else_as_before', theirs.name, 'USING (true)');
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', theirs.name);
        ELSE
            RAISE WARNING USING MESSAGE = format('row security is off on %s: the API''s role sees every organisation''s'
                                                 ' rows there', theirs.name),
                HINT = 'SET truesend.enable_row_security = on; before this file.';
        END IF;
    END LOOP;
END
$$;

DROP PROCEDURE pg_temp.add_policy;

COMMIT;
