-- name: prune_alerts!
-- A slice of the episodes that ended long ago.
DELETE FROM truesend.alerts
WHERE id IN (SELECT a.id FROM truesend.alerts AS a
             WHERE a.resolved_at < now() - make_interval(secs => :retention_s)
             ORDER BY a.resolved_at LIMIT :row_limit);
