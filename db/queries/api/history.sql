-- name: history
-- What became of one session or message, the latest first, before `before_seq`.
SELECT e.seq, e.type, e.position, e.payload, e.created_at
FROM truesend.event_log AS e
WHERE e.aggregatetype = :aggregatetype AND e.aggregateid = :aggregateid AND e.organization_id = :organization_id
  AND e.seq < :before_seq
ORDER BY e.seq DESC
LIMIT :row_limit;
