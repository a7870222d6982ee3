-- migrate:up
-- Truesend's own schema. Nothing of it is in `public`, which some CRMs expose to the world.
SET LOCAL lock_timeout = '1500ms';

DO $$
BEGIN
    -- Asked first: CREATE SCHEMA wants the right to make one even where it exists.
    IF to_regnamespace('truesend') IS NULL THEN
        CREATE SCHEMA truesend;
    END IF;
END
$$;

-- The two seams to a CRM's schema. Each is created once and never replaced: a CRM puts its own in their place.
DO $$
BEGIN
    -- Which session and which recipient a message goes to, asked at dispatch.
    IF to_regclass('truesend.message_routes') IS NULL THEN
        CREATE VIEW truesend.message_routes WITH (security_invoker = true) AS
        SELECT m.id AS message_id, m.session_id, m.recipient
        FROM scheduled_whatsapp_messages AS m;
    END IF;
    -- Which organisations a user of the CRM belongs to, for tokens that do not say.
    IF to_regclass('truesend.user_organizations') IS NULL THEN
        CREATE VIEW truesend.user_organizations WITH (security_invoker = true) AS
        SELECT NULL::uuid AS user_id, NULL::uuid AS organization_id
        WHERE false;
    END IF;
END
$$;

-- Audit history, what the relay publishes, and what the live stream replays: one table. Its first columns have the
-- names that Debezium's outbox event router expects.
CREATE TABLE IF NOT EXISTS truesend.event_log (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    aggregatetype text NOT NULL CHECK (aggregatetype IN ('session', 'message')),
    aggregateid uuid NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    organization_id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    traceparent text,
    -- given by the relay, without gaps, in the order in which readers may see it
    position bigint
);
DO $$
BEGIN
    -- A later migration makes a table of sections of it, each of which has its own.
    IF (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = 'truesend.event_log'::regclass) THEN
        CREATE UNIQUE INDEX IF NOT EXISTS event_log_position ON truesend.event_log (position);
        CREATE INDEX IF NOT EXISTS event_log_unpositioned ON truesend.event_log (seq) WHERE position IS NULL;
        CREATE INDEX IF NOT EXISTS event_log_replay ON truesend.event_log (organization_id, position);
        CREATE INDEX IF NOT EXISTS event_log_history ON truesend.event_log (aggregatetype, aggregateid, seq);
        CREATE INDEX IF NOT EXISTS event_log_age ON truesend.event_log (created_at);
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS truesend.relay_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    last_position bigint NOT NULL DEFAULT 0,
    published_position bigint NOT NULL DEFAULT 0,
    leader uuid,
    leader_until timestamptz NOT NULL DEFAULT '-infinity',
    CHECK (published_position <= last_position)
);
INSERT INTO truesend.relay_state DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Every attempt is a row. No foreign key: what happened at the gateway stays known when the CRM deletes the message.
CREATE TABLE IF NOT EXISTS truesend.message_attempts (
    message_id uuid NOT NULL,
    number integer NOT NULL,
    organization_id uuid NOT NULL,
    session_id uuid,
    gateway text,
    recipient text,
    lease_token uuid NOT NULL,
    claimed_at timestamptz,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    http_status integer,
    gateway_message_id text,
    answer text,
    -- what the row became; null when the row had gone its own way and this is a record only
    applied boolean NOT NULL DEFAULT true,
    -- one lease, one attempt: the answer that comes after its lease ran out completes the row that the reaper wrote
    PRIMARY KEY (message_id, lease_token)
);
CREATE INDEX IF NOT EXISTS message_attempts_gateway_message_id
    ON truesend.message_attempts (gateway_message_id) WHERE gateway_message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_attempts_chat
    ON truesend.message_attempts (session_id, recipient, started_at);

-- Due messages with their route, and those in flight. A row is queued (no lease), in flight (lease, no answer yet) or
-- awaiting its confirmation (answered). Hints, all of it: every claim is checked against the message itself.
CREATE TABLE IF NOT EXISTS truesend.dispatch_queue (
    message_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    session_id uuid NOT NULL,
    recipient text NOT NULL,
    due_at timestamptz NOT NULL,
    gateway text,
    lease_token uuid,
    claimed_at timestamptz,
    answered_at timestamptz,
    CHECK ((lease_token IS NULL) = (claimed_at IS NULL)),
    CHECK (answered_at IS NULL OR claimed_at IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS dispatch_queue_heads
    ON truesend.dispatch_queue (session_id, due_at, message_id) WHERE claimed_at IS NULL;
-- One message per session at a time is with the gateway: the order of a session holds by construction.
CREATE UNIQUE INDEX IF NOT EXISTS dispatch_queue_one_per_session
    ON truesend.dispatch_queue (session_id) WHERE claimed_at IS NOT NULL AND answered_at IS NULL;
-- One message per chat is in flight: a callback without an id can mean only that one.
CREATE UNIQUE INDEX IF NOT EXISTS dispatch_queue_one_per_chat
    ON truesend.dispatch_queue (session_id, recipient) WHERE claimed_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS dispatch_queue_answered
    ON truesend.dispatch_queue (answered_at) WHERE answered_at IS NOT NULL;

-- When a session may send next, and why it is held although it is connected.
CREATE TABLE IF NOT EXISTS truesend.session_pace (
    session_id uuid PRIMARY KEY,
    next_send_at timestamptz,
    held_until timestamptz,
    hold_reason text,
    hold_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- One row per session: who is asking its gateway now, and when it was last asked.
CREATE TABLE IF NOT EXISTS truesend.session_checks (
    session_id uuid PRIMARY KEY,
    token uuid,
    asked_at timestamptz,
    lease_until timestamptz,
    finished_at timestamptz,
    ask_again boolean NOT NULL DEFAULT false,
    requested_at timestamptz,
    connecting_since timestamptz,
    connecting_seen_at timestamptz,
    CHECK ((token IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70);

-- Unconfirmed messages that are being looked up at their gateway.
CREATE TABLE IF NOT EXISTS truesend.lookups (
    message_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    session_id uuid NOT NULL,
    recipient text NOT NULL,
    gateway text NOT NULL,
    attempt_started_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    next_lookup_at timestamptz NOT NULL DEFAULT now(),
    lookups integer NOT NULL DEFAULT 0,
    absences integer NOT NULL DEFAULT 0,
    last_absence_at timestamptz,
    -- another program's send, found in `sending` without a lease of ours: it has no attempt here
    orphan boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS lookups_due ON truesend.lookups (next_lookup_at);

CREATE TABLE IF NOT EXISTS truesend.idempotency_keys (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_age ON truesend.idempotency_keys (created_at);

-- The day of adoption: what was pending and overdue when the first migration came is neither sent nor expired until
-- the operator says which. A database without such rows has nothing to hold.
CREATE TABLE IF NOT EXISTS truesend.adoption (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    overdue_before timestamptz NOT NULL
);
INSERT INTO truesend.adoption (overdue_before)
SELECT CASE WHEN EXISTS (SELECT FROM scheduled_whatsapp_messages WHERE status = 'pending' AND scheduled_for <= now())
            THEN now() ELSE '-infinity' END
ON CONFLICT DO NOTHING;

-- The body of a fact about a message, as the contract MessageFact has it (the relay adds the position).
CREATE OR REPLACE FUNCTION truesend.message_fact(
    message_id uuid, organization_id uuid, type text, status text, version bigint, session_id uuid, outcome text,
    retry_count integer, next_attempt_at timestamptz, error_message text, correction boolean
) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object(
    'id', message_id, 'organization_id', organization_id, 'type', type, 'status', status, 'version', version,
    'occurred_at', now(), 'session_id', session_id, 'outcome', outcome, 'retry_count', coalesce(retry_count, 0),
    'next_attempt_at', next_attempt_at, 'error_message', error_message, 'correction', correction
);
REVOKE ALL ON FUNCTION truesend.message_fact FROM PUBLIC;

-- Nobody reads this schema but who may pass by row security: its owner, and roles that are granted it on purpose.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
                WHERE relnamespace = 'truesend'::regnamespace AND relkind = 'r' AND NOT relrowsecurity LOOP
        EXECUTE format('ALTER TABLE truesend.%I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
    FOR name IN SELECT quote_ident(rolname) FROM pg_roles WHERE rolname IN ('anon', 'authenticated')
                UNION ALL SELECT 'PUBLIC' LOOP
        EXECUTE format('REVOKE ALL ON SCHEMA truesend FROM %s', name);
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA truesend FROM %s', name);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA truesend FROM %s', name);
        EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA truesend FROM %s', name);
    END LOOP;
END
$$;

-- migrate:down
SELECT 1;
