-- migrate:up
SET LOCAL lock_timeout = '1500ms';

ALTER TABLE scheduled_whatsapp_messages ADD COLUMN IF NOT EXISTS batch_id uuid;

-- What was posted together. `refused` were never messages.
CREATE TABLE IF NOT EXISTS truesend.batches (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    total integer NOT NULL,
    refused integer NOT NULL
);

-- A key may stand for a batch, whose answer it keeps.
ALTER TABLE truesend.idempotency_keys
    ALTER COLUMN message_id DROP NOT NULL,
    ADD COLUMN IF NOT EXISTS batch_id uuid,
    ADD COLUMN IF NOT EXISTS answer jsonb;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
