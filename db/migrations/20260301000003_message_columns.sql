-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- A column of that name and another type would be taken for ours, and fail at the first message.
DO $$
DECLARE
    other text;
BEGIN
    SELECT string_agg(format('%I.%I is %s', 'scheduled_whatsapp_messages', a.attname, format_type(a.atttypid, a.atttypmod))
                      || ', Truesend needs ' || ours.type, '; ')
    INTO other
    FROM (VALUES
        ('vps_error', 'text'), ('session_id', 'uuid'), ('recipient', 'text'), ('next_attempt_at', 'timestamptz'),
        ('lease_token', 'uuid'), ('lease_until', 'timestamptz'), ('attempt_started_at', 'timestamptz'),
        ('gateway_message_id', 'text'), ('accepted_at', 'timestamptz'), ('unconfirmed_at', 'timestamptz'),
        ('delivered_at', 'timestamptz'), ('read_at', 'timestamptz'), ('version', 'bigint')
    ) AS ours (name, type)
    JOIN pg_attribute AS a
        ON a.attrelid = 'scheduled_whatsapp_messages'::regclass AND a.attname = ours.name AND NOT a.attisdropped
    WHERE a.atttypid <> ours.type::regtype;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = other, ERRCODE = 'datatype_mismatch';
    END IF;
END
$$;

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
