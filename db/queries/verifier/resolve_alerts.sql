-- name: resolve_alerts
-- Episodes that are over. Returns those that no other process has resolved. What is known of the session is renewed.
UPDATE truesend.alerts AS a
SET resolved_at = now(), details = a.details || r.details
FROM unnest(:ids::uuid[], :details::jsonb[]) AS r (id, details)
WHERE a.id = r.id AND a.resolved_at IS NULL
RETURNING a.id, a.kind, a.organization_id, a.session_id, a.since, a.raised_at, a.resolved_at, a.details;
