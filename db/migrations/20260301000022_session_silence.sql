-- migrate:up
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE truesend.session_checks
    -- the gateway's own time of the newest status webhook: it orders the webhooks of one session, and nothing else
    ADD COLUMN IF NOT EXISTS webhook_at timestamptz,
    -- whether the gateway ever told us connected, and since when it has told otherwise
    ADD COLUMN IF NOT EXISTS seen_connected boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS down_since timestamptz;
CREATE INDEX IF NOT EXISTS session_checks_down
    ON truesend.session_checks (down_since) WHERE down_since IS NOT NULL;

-- Sessions that say connected while nothing they send is acknowledged.
CREATE TABLE IF NOT EXISTS truesend.session_silence (
    session_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    -- the first send without a sign of arrival, and how many there were
    since timestamptz NOT NULL,
    unacknowledged integer NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    -- a held session's last chance: it was reconnected, and may send again
    tried_again_at timestamptz
);
CREATE INDEX IF NOT EXISTS message_attempts_by_session
    ON truesend.message_attempts (session_id, started_at) WHERE outcome IN ('sent', 'accepted');

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
