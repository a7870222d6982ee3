-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- One row per episode. Only one of a kind is open per session, whoever raises it.
CREATE TABLE IF NOT EXISTS truesend.alerts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('session_down', 'session_silent', 'messages_waiting')),
    session_id uuid NOT NULL,
    since timestamptz NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX IF NOT EXISTS alerts_open ON truesend.alerts (session_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_open_page ON truesend.alerts (id) WHERE resolved_at IS NULL;
CREATE INDEX IF NOT EXISTS alerts_age ON truesend.alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- What is to be posted still. Delivered ones are deleted.
CREATE TABLE IF NOT EXISTS truesend.alert_deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    alert_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('raised', 'resolved')),
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    UNIQUE (alert_id, state)
);
CREATE INDEX IF NOT EXISTS alert_deliveries_due ON truesend.alert_deliveries (next_attempt_at);

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
