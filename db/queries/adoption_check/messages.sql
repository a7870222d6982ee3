-- name: messages
-- Messages by organisation and status: of those that are pending, what is overdue and what comes next.
SELECT m.organization_id, m.status::text AS status, count(*) AS messages,
       count(*) FILTER (WHERE m.scheduled_for <= now()) AS due,
       count(*) FILTER (WHERE m.scheduled_for > now() AND m.scheduled_for <= now() + interval '1 hour') AS within_an_hour,
       count(*) FILTER (WHERE m.scheduled_for > now() AND m.scheduled_for <= now() + interval '1 day') AS within_a_day,
       min(m.scheduled_for) AS oldest
FROM scheduled_whatsapp_messages AS m
WHERE m.status IN ('pending', 'sending')
GROUP BY m.organization_id, m.status
ORDER BY m.organization_id, m.status;
