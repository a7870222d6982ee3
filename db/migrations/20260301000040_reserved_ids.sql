-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- The id that a message has at a gateway that takes ours: the same one each time it is tried, another one after an
-- operator had it sent anew. NULL where the gateway takes none (no digits).
CREATE OR REPLACE FUNCTION truesend.reserved_id(message_id uuid, retried_at timestamptz, prefix text, digits integer)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN prefix || upper(left(encode(sha256(convert_to(
    message_id::text || coalesce(' ' || extract(epoch FROM retried_at)::text, ''), 'UTF8')), 'hex'), digits));

-- How often a message in doubt was sent again under the id that it had.
ALTER TABLE truesend.lookups ADD COLUMN IF NOT EXISTS resends integer NOT NULL DEFAULT 0;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
