-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE scheduled_whatsapp_messages
    ADD COLUMN IF NOT EXISTS vps_error text,
    ADD COLUMN IF NOT EXISTS session_id uuid,
    ADD COLUMN IF NOT EXISTS recipient text,
    ADD COLUMN IF NOT EXISTS next_attempt_at timestamptz,
    ADD COLUMN IF NOT EXISTS lease_token uuid,
    ADD COLUMN IF NOT EXISTS lease_until timestamptz,
    ADD COLUMN IF NOT EXISTS attempt_started_at timestamptz,
    ADD COLUMN IF NOT EXISTS gateway_message_id text,
    ADD COLUMN IF NOT EXISTS accepted_at timestamptz,
    ADD COLUMN IF NOT EXISTS unconfirmed_at timestamptz,
    ADD COLUMN IF NOT EXISTS delivered_at timestamptz,
    ADD COLUMN IF NOT EXISTS read_at timestamptz,
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;

-- A half-set lease is impossible. NOT VALID, since no old row can have one: nothing is scanned under the lock.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint
                   WHERE conname = 'truesend_lease_is_whole'
                     AND conrelid = 'scheduled_whatsapp_messages'::regclass) THEN
        ALTER TABLE scheduled_whatsapp_messages
            ADD CONSTRAINT truesend_lease_is_whole
            CHECK ((lease_token IS NULL) = (lease_until IS NULL)) NOT VALID;
    END IF;
END
$$;

-- migrate:down
SELECT 1;
