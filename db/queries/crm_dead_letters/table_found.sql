-- name: table_found
-- The CRM's own table of dead letters: whether it is there and ours to write to, what it lacks, and what it demands that we
-- don't have. Reads catalogues only. A name that cannot be resolved fails, with its SQLSTATE.
SELECT c.oid::regclass::text AS name,
       c.relkind IN ('r', 'p') AS is_table,
       has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
           AND (has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE')) AS may_write,
       ARRAY(SELECT needed.name FROM unnest(ARRAY['source_table', 'source_id', 'payload']) AS needed (name)
             WHERE NOT EXISTS (SELECT FROM pg_attribute AS a
                               WHERE a.attrelid = c.oid AND a.attname = needed.name AND NOT a.attisdropped)) AS missing,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef
               AND a.attidentity = '' AND a.attgenerated = ''
               AND a.attname NOT IN ('organization_id', 'source_table', 'source_id', 'payload', 'error_message',
                                     'retry_count', 'status', 'created_at')
             ORDER BY a.attnum) AS demanded
FROM pg_class AS c
WHERE c.oid = (:target::text)::regclass;
