-- migrate:up
-- What stood here, an index on the log for an organisation's outcomes, each section of the log now has; what was the log before gets it
-- in 20260301000064, since no index can be made CONCURRENTLY on a table of sections.
SELECT 1;

-- migrate:down
SELECT 1;
