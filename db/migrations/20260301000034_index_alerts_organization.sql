-- migrate:up
-- An organisation's episodes, the latest first. The table is ours, and small: a plain index will do.
SET LOCAL lock_timeout = '1500ms';

CREATE INDEX IF NOT EXISTS alerts_of_organization ON truesend.alerts (organization_id, raised_at DESC);

-- migrate:down
SELECT 1;
