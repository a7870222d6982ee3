-- name: sizes
-- How large the two tables are. By itself, for it waits where somebody has one locked.
SELECT c.relname::text AS name, pg_table_size(c.oid) AS bytes
FROM pg_class AS c
WHERE c.oid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'));
