-- name: unmatched_with_ids
-- Evidence that waited for these ids to become known.
SELECT e.id
FROM unnest(:session_ids::uuid[], :gateway_message_ids::text[]) AS i (session_id, gateway_message_id)
JOIN truesend.evidence AS e ON e.gateway_message_id = i.gateway_message_id AND e.session_id = i.session_id
WHERE e.message_id IS NULL;
