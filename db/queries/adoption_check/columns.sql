-- name: columns
-- The columns of the two tables, and which of them a new row cannot do without.
SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, NULL) AS type,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS demanded
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
WHERE a.attrelid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'))
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum;
