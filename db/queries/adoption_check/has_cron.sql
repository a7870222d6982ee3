-- name: has_cron
-- Whether pg_cron is here, and whether we may read its jobs. It shows a role its own jobs only.
SELECT count(*) > 0 AS is_here,
       coalesce(bool_or(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')), false) AS may_read
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'cron' AND c.relname = 'job';
