-- name: set_superseded
-- Who took over from whom (null: nobody any more). Whom a session had superseded before, its successor has superseded now.
WITH changed AS MATERIALIZED (
    SELECT * FROM unnest(:session_ids::uuid[], :successors::uuid[]) AS p (session_id, superseded_by)
), inherited AS (
    UPDATE truesend.session_checks AS c
    SET superseded_by = p.superseded_by
    FROM changed AS p
    WHERE c.superseded_by = p.session_id
      AND p.superseded_by IS NOT NULL
      AND c.session_id <> p.superseded_by
      AND c.session_id NOT IN (SELECT session_id FROM changed)
    RETURNING 1
)
INSERT INTO truesend.session_checks AS c (session_id, superseded_by)
SELECT session_id, superseded_by FROM changed ORDER BY session_id
ON CONFLICT (session_id) DO UPDATE
    SET superseded_by = excluded.superseded_by,
        -- one that was superseded did not drop
        seen_connected = c.seen_connected AND excluded.superseded_by IS NULL,
        down_since = CASE WHEN excluded.superseded_by IS NULL THEN c.down_since END;
