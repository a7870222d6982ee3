-- name: list_messages_of_session
-- As `list_messages`, for one session: the route knows which messages are its, not the row alone. A row that names its session goes
-- there whatever the view is; so those come from an index in their order, and only of the others the view is asked.
WITH narrowed AS NOT MATERIALIZED (
    SELECT m.id, m.created_at, m.session_id
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id
      AND (:ids::uuid[] IS NULL OR m.id = ANY (:ids))
      AND (:batch_id::uuid IS NULL OR m.batch_id = :batch_id)
      AND (:status::text IS NULL OR m.status = :status)
      AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from)
      AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to)
      AND (:scheduled_from::timestamptz IS NULL OR m.scheduled_for >= :scheduled_from)
      AND (:scheduled_to::timestamptz IS NULL OR m.scheduled_for < :scheduled_to)
      AND (:before_id::uuid IS NULL OR (m.created_at, m.id) < (:before_created_at::timestamptz, :before_id))
      AND (:recipient::text IS NULL
           OR EXISTS (SELECT FROM truesend.message_routes AS r WHERE r.message_id = m.id AND r.recipient = :recipient))
      AND (:pattern::text IS NULL OR m.message_content ILIKE :pattern
           OR EXISTS (SELECT FROM truesend.message_routes AS r WHERE r.message_id = m.id AND r.recipient ILIKE :pattern))
), page AS (
    (SELECT n.id, n.created_at
     FROM narrowed AS n
     WHERE n.session_id = :session_id
     ORDER BY n.created_at DESC, n.id DESC
     LIMIT :row_limit)
    UNION ALL
    (SELECT n.id, n.created_at
     FROM narrowed AS n
     JOIN truesend.message_routes AS r ON r.message_id = n.id
     WHERE n.session_id IS NULL AND r.session_id = :session_id
     ORDER BY n.created_at DESC, n.id DESC
     LIMIT :row_limit)
)
SELECT m.id, m.created_at, to_jsonb(m) - 'lease_token' - 'lease_until' AS message
FROM page AS p
JOIN scheduled_whatsapp_messages AS m ON m.id = p.id
ORDER BY m.created_at DESC, m.id DESC
LIMIT :row_limit;
