-- name: sent_without_session
-- Messages that another program marked as sent, and whose route has no session that they could have gone through.
SELECT m.organization_id, m.id AS message_id, NULL::uuid AS session_id, NULL::text AS session_name, m.sent_at AS at,
       NULL::timestamptz AS since
FROM scheduled_whatsapp_messages AS m
CROSS JOIN LATERAL (SELECT o.session_id FROM truesend.message_routes AS o WHERE o.message_id = m.id OFFSET 0) AS r
WHERE m.status IN ('sent', 'failed', 'cancelled') AND (m.message_content <> '[erased]' OR m.media_url IS NOT NULL)
  AND greatest(m.scheduled_for, m.sent_at, m.retried_at) >= :since
  AND m.status = 'sent' AND m.sent_at >= :since AND r.session_id IS NULL
  AND NOT EXISTS (SELECT FROM truesend.message_attempts AS a WHERE a.message_id = m.id)
ORDER BY m.organization_id, m.sent_at, m.id;
