-- name: queues
-- Tables beside ours that look like queues of messages: a status, and a session or a chat.
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'truesend')
  AND c.oid IS DISTINCT FROM to_regclass('scheduled_whatsapp_messages')
  AND c.relname ~ '(message|campaign)'
  AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'status' AND NOT a.attisdropped)
  AND EXISTS (SELECT FROM pg_attribute AS a
              WHERE a.attrelid = c.oid AND NOT a.attisdropped
                AND a.attname IN ('session_id', 'whatsapp_session_id', 'group_jid', 'group_id', 'webinar_id'))
ORDER BY 1;
