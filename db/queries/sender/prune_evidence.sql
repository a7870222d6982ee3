-- name: prune_evidence
-- What never matched is kept for a day, the rest as long as the history. A slice at a time.
WITH old AS (
    (SELECT e.id FROM truesend.evidence AS e
     WHERE e.message_id IS NULL AND e.recorded_at < now() - make_interval(secs => :unmatched_s)
     ORDER BY e.recorded_at LIMIT :row_limit)
    UNION
    (SELECT e.id FROM truesend.evidence AS e
     WHERE e.recorded_at < now() - make_interval(secs => :matched_s)
     ORDER BY e.recorded_at LIMIT :row_limit)
)
DELETE FROM truesend.evidence AS e USING old AS o WHERE e.id = o.id;
