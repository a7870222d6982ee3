-- name: functions
-- The CRM's functions whose source writes to one of the two tables, or may.
SELECT format('%I.%I', n.nspname, p.proname) AS name,
       array_remove(ARRAY[CASE WHEN p.prosrc ~ '\mwhatsapp_sessions\M' THEN 'whatsapp_sessions' END,
                          CASE WHEN p.prosrc ~ '\mscheduled_whatsapp_messages\M' THEN 'scheduled_whatsapp_messages' END],
                    NULL) AS tables
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'truesend')
  AND p.prosrc ~ '\m(whatsapp_sessions|scheduled_whatsapp_messages)\M'
ORDER BY 1;
