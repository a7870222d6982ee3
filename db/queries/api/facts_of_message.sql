-- name: facts_of_message
-- What became of one message, the earliest first.
SELECT e.seq, e.type, e.position, e.payload, e.created_at
FROM truesend.event_log AS e
WHERE e.aggregatetype = 'message' AND e.aggregateid = :message_id AND e.organization_id = :organization_id
ORDER BY e.seq
LIMIT :row_limit;
