-- name: retry_page
-- Which messages a bulk retry is about, the earliest first. Planned anew for each call, as `list_messages` is.
SELECT m.id, m.created_at,
       CASE WHEN m.message_content = '[erased]' THEN 'erased'
            WHEN m.status = 'cancelled'
                 AND truesend.may_have_left(m.id, m.lease_token, m.attempt_started_at, m.retried_at)
            THEN 'cancelled_late'
            ELSE truesend.message_state(m.status, m.lease_token, m.accepted_at, m.unconfirmed_at, m.delivered_at,
                                        m.read_at) END AS state,
       NOT :needs_recipient::boolean
           OR EXISTS (SELECT FROM truesend.message_routes AS r
                      WHERE r.message_id = m.id AND r.recipient IS NOT NULL) AS has_recipient
FROM scheduled_whatsapp_messages AS m
WHERE m.organization_id = :organization_id
  AND (:ids::uuid[] IS NULL OR m.id = ANY (:ids::uuid[]))
  AND (:batch_id::uuid IS NULL OR m.batch_id = :batch_id)
  AND (:status::text IS NULL OR m.status = :status)
  AND (:recipient::text IS NULL OR m.recipient = :recipient)
  AND (:created_from::timestamptz IS NULL OR m.created_at >= :created_from)
  AND (:created_to::timestamptz IS NULL OR m.created_at < :created_to)
  AND (:scheduled_from::timestamptz IS NULL OR m.scheduled_for >= :scheduled_from)
  AND (:scheduled_to::timestamptz IS NULL OR m.scheduled_for < :scheduled_to)
  AND (:after_id::uuid IS NULL OR (m.created_at, m.id) > (:after_created_at::timestamptz, :after_id))
ORDER BY m.created_at, m.id
LIMIT :row_limit;
