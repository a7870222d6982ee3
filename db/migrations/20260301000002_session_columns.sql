-- migrate:up
-- One ALTER for all columns: one short lock. No default here rewrites the table.
SET LOCAL lock_timeout = '2s';

ALTER TABLE whatsapp_sessions
    ADD COLUMN IF NOT EXISTS last_error text,
    ADD COLUMN IF NOT EXISTS last_error_at timestamptz,
    ADD COLUMN IF NOT EXISTS last_verified_at timestamptz,
    ADD COLUMN IF NOT EXISTS gateway text NOT NULL DEFAULT 'default',
    ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;

-- migrate:down
SELECT 1;
