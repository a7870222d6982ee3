-- name: server
-- The server, who asks, and what is there. Reads catalogues only, for to_regclass fails in a schema that is
-- another role's.
SELECT current_setting('server_version_num')::integer AS version,
       current_user::text AS role,
       r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses_row_security, r.rolcreaterole AS creates_roles,
       has_database_privilege(current_database(), 'CREATE') AS creates_schemas,
       n.oid IS NOT NULL AS has_schema,
       n.oid IS NOT NULL AND pg_has_role(n.nspowner, 'USAGE') AS owns_schema,
       EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'schema_migrations') AS is_migrated,
       current_setting('max_connections')::integer AS most_connections
FROM pg_roles AS r
LEFT JOIN pg_namespace AS n ON n.nspname = 'truesend'
WHERE r.rolname = current_user;
