-- name: told_of_message
-- What its gateway told about one message: each kind of thing once per attempt, with how many of a group told it.
SELECT min(e.id) AS id, e.kind, min(e.told_at) AS told_at, min(e.gateway_message_id) AS gateway_message_id,
       min(e.words) AS words, min(e.error_code) AS error_code, count(DISTINCT e.reader) AS readers
FROM truesend.evidence AS e
WHERE e.message_id = :message_id AND e.organization_id = :organization_id
GROUP BY e.lease_token, e.kind
ORDER BY min(e.told_at)
LIMIT :row_limit;
