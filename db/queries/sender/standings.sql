-- name: standings
-- Every attempt of these messages with what is known of it; one that has not been answered; and what another program
-- sent (an attempt without a lease).
WITH message AS MATERIALIZED (
    SELECT unnest(:message_ids::uuid[]) AS id
), attempt AS MATERIALIZED (
    SELECT a.message_id, a.lease_token, a.started_at, a.outcome, a.session_id, a.gateway, a.recipient,
           a.gateway_message_id, a.failure_counted
    FROM message AS i
    JOIN truesend.message_attempts AS a ON a.message_id = i.id
    UNION ALL
    SELECT DISTINCT ON (e.message_id) e.message_id, NULL::uuid, NULL::timestamptz, NULL, e.session_id, NULL, NULL,
           e.gateway_message_id, false
    FROM message AS i
    JOIN truesend.evidence AS e ON e.message_id = i.id AND e.lease_token IS NULL
    ORDER BY message_id
)
SELECT a.*, k.*
FROM attempt AS a
CROSS JOIN LATERAL (
    SELECT min(e.gateway_message_id) AS told_id,
           coalesce(bool_or(e.kind = 'sent'), false) AS is_called_sent,
           coalesce(bool_or(e.kind = 'found'), false) AS is_found,
           (array_agg(e.outcome ORDER BY e.id) FILTER (WHERE e.kind = 'failed'))[1] AS failed_outcome,
           (array_agg(e.words ORDER BY e.id) FILTER (WHERE e.kind = 'failed'))[1] AS failed_words,
           (array_agg(e.outcome ORDER BY e.told_at, e.told_key) FILTER (WHERE e.kind = 'rejected'))[1]
               AS rejected_outcome,
           (array_agg(e.words ORDER BY e.told_at, e.told_key) FILTER (WHERE e.kind = 'rejected'))[1] AS rejected_words,
           min(e.told_at) FILTER (WHERE e.kind IN ('delivered', 'read')) AS delivered_at,
           count(DISTINCT coalesce(e.reader, '')) FILTER (WHERE e.kind IN ('delivered', 'read')) AS delivered_to,
           count(DISTINCT coalesce(e.reader, ''))
               FILTER (WHERE e.kind IN ('delivered', 'read') AND e.is_announced) AS announced_delivered_to,
           coalesce(bool_or(e.kind = 'delivered' AND NOT e.is_announced), false) AS has_delivered_news,
           coalesce(bool_or(e.kind = 'read' AND NOT e.is_announced), false) AS has_read_news,
           min(e.told_at) FILTER (WHERE e.kind = 'read') AS read_at,
           count(DISTINCT coalesce(e.reader, '')) FILTER (WHERE e.kind = 'read') AS read_by,
           count(DISTINCT coalesce(e.reader, '')) FILTER (WHERE e.kind = 'read' AND e.is_announced)
               AS announced_read_by,
           array_agg(e.id) FILTER (WHERE e.weighed_at IS NULL) AS unweighed_ids,
           array_agg(e.id) FILTER (WHERE e.kind IN ('delivered', 'read') AND NOT e.is_announced) AS unannounced_ids
    FROM truesend.evidence AS e
    WHERE e.message_id = a.message_id AND e.lease_token IS NOT DISTINCT FROM a.lease_token
) AS k;
