-- name: release_claims
-- Gives back leases whose sends have not started. A record of theirs that is still on its way finds nothing to start.
WITH released AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'pending', lease_token = NULL, lease_until = NULL, version = m.version + 1
    FROM unnest(:message_ids::uuid[], :lease_tokens::uuid[]) AS i (message_id, lease_token)
    WHERE m.id = i.message_id AND m.lease_token = i.lease_token
      AND m.status = 'sending' AND m.attempt_started_at IS NULL
    RETURNING m.id
)
UPDATE truesend.dispatch_queue AS q
SET lease_token = NULL, claimed_at = NULL, answered_at = NULL, gateway = NULL
FROM released AS r
WHERE q.message_id = r.id;
