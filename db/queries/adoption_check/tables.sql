-- name: tables
-- The CRM's two tables where the search path finds them: whose they are, how large, and how they are secured.
SELECT c.relname::text AS name, n.nspname::text AS schema,
       pg_get_userbyid(c.relowner)::text AS owner, pg_has_role(c.relowner, 'USAGE') AS is_ours,
       has_schema_privilege(n.oid, 'CREATE') AS creates_in_schema,
       has_table_privilege(c.oid, 'SELECT') AS may_read,
       c.relkind::text AS kind, c.relrowsecurity AS is_secured, c.relforcerowsecurity AS is_forced,
       row_security_active(c.oid) AS binds_us,
       c.reltuples::bigint AS estimated_rows,
       c.relpages * current_setting('block_size')::bigint AS estimated_bytes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'))
ORDER BY c.relname DESC;
