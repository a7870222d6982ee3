-- name: open_alerts_of_kind
SELECT id, session_id FROM truesend.alerts WHERE resolved_at IS NULL AND kind = :kind;
