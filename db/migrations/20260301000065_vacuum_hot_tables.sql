-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- Autovacuum waits until a fifth of a table is dead. That suits neither tables whose rows come and go with every message, which grow
-- to many times what they hold, nor very large ones, which it then reads for hours. None of these is the CRM's.
DO $$
DECLARE
    name text;
BEGIN
    -- small, and written all the time: often, and without pauses
    FOREACH name IN ARRAY ARRAY['dispatch_queue', 'session_pace', 'session_checks', 'lookups'] LOOP
        EXECUTE format('ALTER TABLE truesend.%I SET (autovacuum_vacuum_scale_factor = 0.02,'
                       ' autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.1,'
                       ' autovacuum_analyze_threshold = 1000, autovacuum_vacuum_cost_delay = 0)', name);
    END LOOP;
    -- large: a fiftieth at a time; what is only inserted, too, so that an index alone can answer
    FOREACH name IN ARRAY ARRAY['message_attempts', 'evidence', 'event_log_before', 'idempotency_keys'] LOOP
        EXECUTE format('ALTER TABLE truesend.%I SET (autovacuum_vacuum_scale_factor = 0.02,'
                       ' autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)', name);
    END LOOP;
    FOR number IN 0..9 LOOP
        EXECUTE format('ALTER TABLE truesend.event_log_%s SET (autovacuum_vacuum_insert_scale_factor = 0.05,'
                       ' autovacuum_analyze_scale_factor = 0.05)', number);
    END LOOP;
END
$$;

-- migrate:down
SELECT 1;
