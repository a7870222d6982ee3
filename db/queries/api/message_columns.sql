-- name: message_columns
-- What the CRM's table has, which of its columns a new row cannot do without, and which refer to other tables, by what
-- constraints.
SELECT a.attname::text AS name,
       format_type(a.atttypid, NULL) AS type,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS demanded,
       ARRAY(SELECT c.conname::text FROM pg_constraint AS c
             WHERE c.conrelid = a.attrelid AND c.contype = 'f' AND c.conkey = ARRAY[a.attnum]) AS foreign_keys
FROM pg_attribute AS a
WHERE a.attrelid = 'scheduled_whatsapp_messages'::regclass
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
ORDER BY a.attnum;
