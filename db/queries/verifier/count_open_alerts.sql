-- name: count_open_alerts
SELECT kind, count(*) AS alerts FROM truesend.alerts WHERE resolved_at IS NULL GROUP BY kind;
