-- name: dead_letter_tables
-- Tables of the CRM's that hold what failed for good: they say of which table and row it is.
SELECT format('%I.%I', n.nspname, c.relname) AS name, has_table_privilege(c.oid, 'INSERT') AS may_insert
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'truesend')
  AND 2 = (SELECT count(*) FROM pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attname IN ('source_table', 'source_id') AND NOT a.attisdropped)
ORDER BY 1;
