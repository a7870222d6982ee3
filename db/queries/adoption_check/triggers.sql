-- name: triggers
-- Triggers on the two tables, except those of foreign keys.
SELECT t.tgname::text AS name, c.relname::text AS table_name, p.proname::text AS function_name,
       t.tgenabled <> 'D' AS is_enabled
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgrelid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages')) AND NOT t.tgisinternal
ORDER BY 2, 1;
