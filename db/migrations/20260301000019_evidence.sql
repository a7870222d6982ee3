-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- What gateways told about messages after the send: each distinct thing once, matched to its attempt or not yet. What
-- a message is follows from this set, never from the order in which it came.
CREATE TABLE IF NOT EXISTS truesend.evidence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    -- the same thing told twice has the same
    told_key uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('sent', 'failed', 'rejected', 'delivered', 'read', 'found')),
    gateway_message_id text,
    chat text,
    reader text,
    told_at timestamptz NOT NULL,
    -- whether told_at is the gateway's own time
    is_timed boolean NOT NULL,
    outcome text,
    words text,
    error_code integer,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    message_id uuid,
    -- the attempt; null where another program sent the message
    lease_token uuid,
    weighed_at timestamptz,
    -- whether the message's facts have counted this receipt
    is_announced boolean NOT NULL DEFAULT false,
    -- while unmatched: when its id is looked for once more
    match_again_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '1 second'
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX IF NOT EXISTS evidence_told_once ON truesend.evidence (session_id, told_key);
CREATE INDEX IF NOT EXISTS evidence_of_message
    ON truesend.evidence (message_id, lease_token, kind) WHERE message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_gateway_id
    ON truesend.evidence (gateway_message_id, session_id) WHERE gateway_message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_to_match_again
    ON truesend.evidence (match_again_at) WHERE message_id IS NULL AND gateway_message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_unweighed
    ON truesend.evidence (recorded_at) WHERE message_id IS NOT NULL AND weighed_at IS NULL;
CREATE INDEX IF NOT EXISTS evidence_age ON truesend.evidence (recorded_at);
CREATE INDEX IF NOT EXISTS evidence_unmatched_age ON truesend.evidence (recorded_at) WHERE message_id IS NULL;

-- When each session was last heard of by a callback, an ack, a rejection or a receipt, whichever message it was about.
CREATE TABLE IF NOT EXISTS truesend.session_acks (
    session_id uuid PRIMARY KEY,
    gateway text NOT NULL,
    organization_id uuid NOT NULL,
    first_ack_at timestamptz NOT NULL,
    last_ack_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS session_acks_gateway ON truesend.session_acks (gateway);

-- Whether retry_count has counted this attempt: evidence that it was sent after all takes the count back.
ALTER TABLE truesend.message_attempts ADD COLUMN IF NOT EXISTS failure_counted boolean NOT NULL DEFAULT false;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
