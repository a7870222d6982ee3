-- name: confirmations
-- How each of these messages is known to be sent: what the latest fact that called it so says.
SELECT wanted.id, f.confirmed_by
FROM unnest(:message_ids::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT e.payload ->> 'confirmed_by' AS confirmed_by
    FROM truesend.event_log AS e
    WHERE e.aggregatetype = 'message' AND e.aggregateid = wanted.id AND e.organization_id = :organization_id
      AND e.type = 'message.sent'
    ORDER BY e.seq DESC
    LIMIT 1
) AS f;
