-- name: session_dependents
-- Tables whose rows would be deleted together with a session, and the column that names it, both quoted.
SELECT quote_ident(n.nspname) || '.' || quote_ident(t.relname) AS table_name, quote_ident(a.attname) AS column_name
FROM pg_constraint AS c
JOIN pg_class AS t ON t.oid = c.conrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = 'whatsapp_sessions'::regclass AND c.confdeltype = 'c'
  AND cardinality(c.conkey) = 1 AND c.conparentid = 0
ORDER BY 1, 2;
