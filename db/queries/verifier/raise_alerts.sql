-- name: raise_alerts
-- Episodes that begin. Returns those that no other process has raised.
INSERT INTO truesend.alerts (kind, session_id, since, organization_id, details)
SELECT r.kind, r.session_id, r.since, r.organization_id, r.details
FROM unnest(:kinds::text[], :session_ids::uuid[], :sinces::timestamptz[], :organization_ids::uuid[], :details::jsonb[])
    WITH ORDINALITY AS r (kind, session_id, since, organization_id, details, number)
ORDER BY r.number
ON CONFLICT (session_id, kind) WHERE resolved_at IS NULL DO NOTHING
RETURNING id, kind, organization_id, session_id, since, raised_at, resolved_at, details;
