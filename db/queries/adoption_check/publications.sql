-- name: publications
-- Publications that either table is in.
SELECT p.pubname::text AS name, p.tablename::text AS table_name
FROM pg_publication_tables AS p
JOIN pg_class AS c ON c.relname = p.tablename
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = p.schemaname
WHERE c.oid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'))
ORDER BY 1, 2;
