-- name: count_held
-- What was overdue on the day of adoption and waits for the operator's word, by organisation.
SELECT m.organization_id, count(*) AS messages, min(m.scheduled_for) AS oldest, max(m.scheduled_for) AS newest
FROM truesend.adoption AS a
JOIN scheduled_whatsapp_messages AS m ON m.scheduled_for <= a.overdue_before AND m.created_at <= a.overdue_before
WHERE m.status = 'pending' AND m.next_attempt_at IS NULL
  AND (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
  AND (:scheduled_after::timestamptz IS NULL OR m.scheduled_for > :scheduled_after::timestamptz)
  AND (:scheduled_before::timestamptz IS NULL OR m.scheduled_for < :scheduled_before::timestamptz)
GROUP BY m.organization_id
ORDER BY m.organization_id;
