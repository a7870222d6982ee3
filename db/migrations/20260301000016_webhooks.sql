-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- How each gateway's webhooks arrive: whether any do, and which were refused. No bodies, no secrets.
CREATE TABLE IF NOT EXISTS truesend.webhook_gateways (
    gateway text PRIMARY KEY,
    accepted bigint NOT NULL DEFAULT 0,
    last_accepted_at timestamptz,
    without_use bigint NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS truesend.webhook_refusals (
    gateway text NOT NULL,
    reason text NOT NULL,
    hour timestamptz NOT NULL,
    refused bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, reason, hour)
);

CREATE TABLE IF NOT EXISTS truesend.webhook_refusals_recent (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gateway text NOT NULL,
    reason text NOT NULL,
    refused_at timestamptz NOT NULL,
    sender_address text
);
CREATE INDEX IF NOT EXISTS webhook_refusals_recent_newest ON truesend.webhook_refusals_recent (gateway, id DESC);

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
