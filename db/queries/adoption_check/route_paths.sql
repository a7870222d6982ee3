-- name: route_paths
-- Ways from a message to a session and to a chat: a column of the message that refers to another table of the CRM's, and a
-- column there that refers to a session, or has a name that chats go by.
SELECT ref.attname::text AS message_column,
       format('%I.%I', n.nspname, t.relname) AS table_name, t.relname::text AS bare_name,
       key.attname::text AS key_column, col.attname::text AS target_column,
       CASE WHEN s.conrelid IS NOT NULL OR (col.attname IN ('whatsapp_session_id', 'session_id') AND col.atttypid = 'uuid'::regtype)
            THEN 'session' ELSE 'recipient' END AS leads_to
FROM pg_constraint AS f
JOIN pg_attribute AS ref ON ref.attrelid = f.conrelid AND ref.attnum = f.conkey[1]
JOIN pg_class AS t ON t.oid = f.confrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_attribute AS key ON key.attrelid = t.oid AND key.attnum = f.confkey[1]
JOIN pg_attribute AS col ON col.attrelid = t.oid AND col.attnum > 0 AND NOT col.attisdropped
LEFT JOIN pg_constraint AS s
    ON s.contype = 'f' AND s.conrelid = t.oid AND s.confrelid = to_regclass('whatsapp_sessions') AND s.conkey = ARRAY[col.attnum]
WHERE f.contype = 'f' AND f.conrelid = to_regclass('scheduled_whatsapp_messages') AND cardinality(f.conkey) = 1
  AND f.confrelid <> to_regclass('whatsapp_sessions')
  AND (s.conrelid IS NOT NULL
       OR (col.attname IN ('whatsapp_session_id', 'session_id') AND col.atttypid = 'uuid'::regtype)
       OR (col.attname IN ('group_jid', 'chat_jid', 'jid', 'chat_id', 'whatsapp_number', 'phone_number', 'phone')
           AND col.atttypid IN ('text'::regtype, 'varchar'::regtype)))
ORDER BY (col.attname = 'whatsapp_session_id') DESC,
         array_position(ARRAY['group_jid', 'chat_jid', 'jid', 'chat_id', 'whatsapp_number', 'phone_number', 'phone'],
                        col.attname::text),
         ref.attname, col.attname;
