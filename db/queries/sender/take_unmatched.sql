-- name: take_unmatched
-- Evidence whose id nobody knew: looked for again, each time after four times as long.
WITH due AS MATERIALIZED (
    SELECT e.id
    FROM truesend.evidence AS e
    WHERE e.message_id IS NULL AND e.gateway_message_id IS NOT NULL AND e.match_again_at <= now()
    ORDER BY e.match_again_at
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
)
UPDATE truesend.evidence AS e
SET match_again_at = now() + greatest(interval '1 second', 3 * (now() - e.recorded_at))
FROM due AS d
WHERE e.id = d.id
RETURNING e.id;
