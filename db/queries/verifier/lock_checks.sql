-- name: lock_checks
-- What is remembered of sessions beside their rows. Their rows are locked before, so that no silence begins or ends meanwhile.
WITH locked AS MATERIALIZED (
    SELECT session_id, token, ask_again, connecting_since, connecting_seen_at, superseded_by, webhook_at, seen_connected,
           down_since
    FROM truesend.session_checks
    WHERE session_id = ANY (:session_ids::uuid[])
    ORDER BY session_id
    FOR UPDATE
), silent AS MATERIALIZED (
    SELECT session_id, since AS silent_since, unacknowledged, noted_at AS silence_noted_at
    FROM truesend.session_silence
    WHERE session_id = ANY (:session_ids::uuid[])
)
SELECT * FROM locked FULL JOIN silent USING (session_id);
