-- name: take_due
-- Sessions whose check is due, each for one sweeper. A session that was never paired is not asked for by us, nor is one
-- of a gateway that has more to answer than it can: those are looked at again later.
WITH due AS MATERIALIZED (
    SELECT c.session_id, c.ask_again OR c.token IS NOT NULL AS is_unfinished
    FROM truesend.session_checks AS c
    WHERE c.due_at <= now()
    ORDER BY c.due_at, c.session_id
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT d.session_id, s.organization_id, s.gateway, s.id IS NULL AS is_gone,
           coalesce(d.is_unfinished OR s.status <> 'disconnected'
                    OR s.connected_at IS NOT NULL OR s.phone_number IS NOT NULL, false) AS is_wanted,
           coalesce(s.gateway = ANY (:busy_gateways::text[]), false) AS is_deferred
    FROM due AS d
    LEFT JOIN whatsapp_sessions AS s ON s.id = d.session_id
), marked AS (
    UPDATE truesend.session_checks AS c
    SET due_at = now() + make_interval(secs => CASE WHEN j.is_wanted THEN :patience_s::float8 ELSE :sweep_s::float8 END)
    FROM judged AS j
    WHERE c.session_id = j.session_id
    RETURNING 1
)
SELECT session_id, organization_id, is_gone, is_wanted AND NOT is_deferred AS is_asked_for FROM judged;
