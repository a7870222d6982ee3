-- migrate:up
SET LOCAL lock_timeout = '1500ms';

DO $$
DECLARE
    other text;
BEGIN
    SELECT format('scheduled_whatsapp_messages.retried_at is %s, Truesend needs timestamptz',
                  format_type(a.atttypid, a.atttypmod))
    INTO other
    FROM pg_attribute AS a
    WHERE a.attrelid = 'scheduled_whatsapp_messages'::regclass AND a.attname = 'retried_at' AND NOT a.attisdropped
      AND a.atttypid <> 'timestamptz'::regtype;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = other, ERRCODE = 'datatype_mismatch';
    END IF;
END
$$;

-- When an operator last had it tried again: its age counts from then.
ALTER TABLE scheduled_whatsapp_messages ADD COLUMN IF NOT EXISTS retried_at timestamptz;

-- Where a message stands, as far as it matters to what an operator may do.
CREATE OR REPLACE FUNCTION truesend.message_state(
    status text, lease_token uuid, accepted_at timestamptz, unconfirmed_at timestamptz, delivered_at timestamptz,
    read_at timestamptz
) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN status = 'sending' THEN
        CASE WHEN lease_token IS NOT NULL THEN 'in_flight'
             WHEN unconfirmed_at IS NOT NULL THEN 'unconfirmed'
             WHEN accepted_at IS NOT NULL THEN 'accepted'
             ELSE 'foreign' END
    WHEN status = 'sent' AND coalesce(delivered_at, read_at) IS NOT NULL THEN 'delivered'
    ELSE status
END;
REVOKE ALL ON FUNCTION truesend.message_state FROM PUBLIC;

-- Whether a message that was cancelled may have left all the same: it was being sent when the CRM cancelled it.
CREATE OR REPLACE FUNCTION truesend.may_have_left(
    message_id uuid, lease_token uuid, attempt_started_at timestamptz, retried_at timestamptz
) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM truesend.message_attempts AS a
               WHERE a.message_id = may_have_left.message_id
                 AND a.outcome IN ('sent', 'accepted', 'unconfirmed')
                 AND a.started_at > coalesce(may_have_left.retried_at, '-infinity'))
    OR (lease_token IS NOT NULL AND attempt_started_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM truesend.message_attempts AS a
                        WHERE a.message_id = may_have_left.message_id AND a.lease_token = may_have_left.lease_token));
REVOKE ALL ON FUNCTION truesend.may_have_left FROM PUBLIC;

-- migrate:down
SELECT 1;
