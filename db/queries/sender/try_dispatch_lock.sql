-- name: try_dispatch_lock
-- One dispatcher at a time counts credits; held to the end of the transaction.
SELECT pg_try_advisory_xact_lock(hashtextextended('truesend dispatch', 0));
