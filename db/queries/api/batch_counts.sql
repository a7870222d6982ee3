-- name: batch_counts
SELECT m.status, count(*) AS messages, count(m.delivered_at) AS delivered, count(m.read_at) AS read,
       count(m.unconfirmed_at) FILTER (WHERE m.status = 'sending') AS unconfirmed
FROM scheduled_whatsapp_messages AS m
WHERE m.organization_id = :organization_id AND m.batch_id = :batch_id
GROUP BY m.status;
