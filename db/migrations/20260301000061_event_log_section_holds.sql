-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- Read from end to end, while others read and write: so that it need not be when it becomes a section.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint AS k
               WHERE k.conrelid = 'truesend.event_log'::regclass AND k.conname = 'event_log_before_sections'
                 AND NOT k.convalidated) THEN
        ALTER TABLE truesend.event_log VALIDATE CONSTRAINT event_log_before_sections;
    END IF;
END
$$;

-- migrate:down
SELECT 1;
