-- migrate:up
-- Writers queue behind a lock that waits: 1.5 s leaves them under two seconds, and is longer than deadlock_timeout (1 s),
-- at which Postgres ends an autovacuum that is in the way.
SET LOCAL lock_timeout = '1500ms';

-- A column of that name and another type would be taken for ours, and fail at the first message.
DO $$
DECLARE
    other text;
BEGIN
    SELECT string_agg(format('%I.%I is %s', 'whatsapp_sessions', a.attname, format_type(a.atttypid, a.atttypmod))
                      || ', Truesend needs ' || ours.type, '; ')
    INTO other
    FROM (VALUES
        ('last_error', 'text'), ('last_error_at', 'timestamptz'), ('last_verified_at', 'timestamptz'),
        ('gateway', 'text'), ('version', 'bigint')
    ) AS ours (name, type)
    JOIN pg_attribute AS a
        ON a.attrelid = 'whatsapp_sessions'::regclass AND a.attname = ours.name AND NOT a.attisdropped
    WHERE a.atttypid <> ours.type::regtype;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = other, ERRCODE = 'datatype_mismatch';
    END IF;
END
$$;

-- One ALTER for all columns: one short lock. No default here rewrites the table.
ALTER TABLE whatsapp_sessions
    ADD COLUMN IF NOT EXISTS last_error text,
    ADD COLUMN IF NOT EXISTS last_error_at timestamptz,
    ADD COLUMN IF NOT EXISTS last_verified_at timestamptz,
    ADD COLUMN IF NOT EXISTS gateway text NOT NULL DEFAULT 'default',
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;

-- migrate:down
SELECT 1;
