-- name: overview_alerts
-- Episodes that are open or ended within the window, the open ones first.
SELECT a.id, a.kind, a.session_id, a.since, a.raised_at, a.resolved_at
FROM truesend.alerts AS a
WHERE a.organization_id = :organization_id AND (a.resolved_at IS NULL OR a.resolved_at >= :since)
ORDER BY a.resolved_at IS NOT NULL, a.raised_at DESC, a.id
LIMIT :row_limit;
