-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- The log is to become a table of sections that are emptied whole. The table that stands here now becomes one of them: what says
-- so is true of each of its rows, and a column with a constant default is added without touching any.
DO $$
BEGIN
    IF (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = 'truesend.event_log'::regclass) THEN
        ALTER TABLE truesend.event_log ADD COLUMN IF NOT EXISTS section smallint NOT NULL DEFAULT -1;
        ALTER TABLE truesend.event_log DROP CONSTRAINT IF EXISTS event_log_before_sections;
        ALTER TABLE truesend.event_log ADD CONSTRAINT event_log_before_sections CHECK (section = -1) NOT VALID;
    END IF;
END
$$;

-- migrate:down
SELECT 1;
