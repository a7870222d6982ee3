-- name: state
-- A service's own role may not read the list of migrations; the owner of the tables may.
SELECT to_regclass('truesend.relay_state') IS NOT NULL AS is_migrated,
       coalesce(has_table_privilege(to_regclass('truesend.schema_migrations'), 'SELECT'), false) AS is_readable;
