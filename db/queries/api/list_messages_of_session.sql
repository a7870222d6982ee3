-- name: list_messages_of_session
-- As `list_messages`, for one session: the route knows which messages are its, not the row alone.
SELECT m.id, m.created_at, to_jsonb(m) - 'lease_token' - 'lease_until' AS message
FROM truesend.message_routes AS r
JOIN scheduled_whatsapp_messages AS m ON m.id = r.message_id
WHERE m.organization_id = :organization_id
  AND r.session_id = :session_id
  AND (:ids::uuid[] IS NULL OR m.id = ANY (:ids))
  AND (:batch_id::uuid IS NULL OR m.batch_id = :batch_id)
  AND (:status::text IS NULL OR m.status = :status)
  AND (:recipient::text IS NULL OR r.recipient = :recipient)
  AND (:pattern::text IS NULL OR m.message_content ILIKE :pattern OR r.recipient ILIKE :pattern)
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to)
  AND (:scheduled_from::timestamptz IS NULL OR m.scheduled_for >= :scheduled_from)
  AND (:scheduled_to::timestamptz IS NULL OR m.scheduled_for < :scheduled_to)
  AND (:before_id::uuid IS NULL OR (m.created_at, m.id) < (:before_created_at::timestamptz, :before_id))
ORDER BY m.created_at DESC, m.id DESC
LIMIT :row_limit;
