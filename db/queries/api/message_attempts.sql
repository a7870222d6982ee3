-- name: message_attempts
SELECT a.number, a.session_id, a.gateway, a.recipient, a.claimed_at, a.started_at, a.finished_at, a.outcome,
       a.http_status, a.gateway_message_id, a.answer, a.applied
FROM truesend.message_attempts AS a
WHERE a.organization_id = :organization_id AND a.message_id = :message_id
ORDER BY a.number
LIMIT :row_limit;
