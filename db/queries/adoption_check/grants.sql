-- name: grants
-- Which of the two tables the roles of a page's public key may write to.
SELECT r.rolname::text AS role, array_agg(c.relname::text ORDER BY c.relname) AS tables
FROM pg_roles AS r
CROSS JOIN pg_class AS c
WHERE r.rolname IN ('anon', 'authenticated')
  AND c.oid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'))
  AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE')
GROUP BY r.rolname
ORDER BY 1;
