-- migrate:up transaction:false
-- A session may have several claims; the start fence lets one of them through at a time.
DROP INDEX CONCURRENTLY IF EXISTS truesend.dispatch_queue_one_per_session;

-- migrate:down
SELECT 1;
