-- migrate:up
-- When a session is to be asked for if nobody asks before: by the sweep, after a crash, or to let `connecting` age out.
-- The table is ours, so a plain index will do.
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE truesend.session_checks
    ADD COLUMN IF NOT EXISTS due_at timestamptz NOT NULL DEFAULT now(),
    -- the session that took the phone number over
    ADD COLUMN IF NOT EXISTS superseded_by uuid;
CREATE INDEX IF NOT EXISTS session_checks_due ON truesend.session_checks (due_at, session_id);
CREATE INDEX IF NOT EXISTS session_checks_superseded
    ON truesend.session_checks (superseded_by) WHERE superseded_by IS NOT NULL;

-- migrate:down
SELECT 1;
