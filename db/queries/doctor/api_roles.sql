-- name: api_roles
-- Whom the APIs that run now have logged in as, and whether row security binds them.
SELECT DISTINCT r.rolname::text AS role,
       NOT (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE')) AS is_bound
FROM pg_stat_activity AS a
JOIN pg_roles AS r ON r.oid = a.usesysid
JOIN pg_class AS c ON c.oid = 'truesend.event_log'::regclass
WHERE a.datname = current_database() AND a.application_name = 'truesend-api'
ORDER BY 1;
