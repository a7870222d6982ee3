-- name: cascades
-- Foreign keys by which deleting another row deletes sessions or messages, or deleting a session deletes other rows.
SELECT f.confrelid::regclass::text AS parent,
       array_agg(DISTINCT f.conrelid::regclass::text ORDER BY f.conrelid::regclass::text) AS tables
FROM pg_constraint AS f
WHERE f.contype = 'f' AND f.confdeltype = 'c' AND f.conparentid = 0
  AND (f.conrelid IN (to_regclass('whatsapp_sessions'), to_regclass('scheduled_whatsapp_messages'))
       OR f.confrelid = to_regclass('whatsapp_sessions'))
GROUP BY f.confrelid
ORDER BY 1;
