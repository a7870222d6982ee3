-- name: old_transactions
-- Transactions of this database that have been open for more than a minute. Others' are seen by members of
-- pg_read_all_stats only.
SELECT count(*) AS transactions, coalesce(max(extract(epoch FROM now() - a.xact_start)), 0)::float8 AS oldest_s
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.xact_start < now() - interval '1 minute';
