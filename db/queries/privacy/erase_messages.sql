-- name: erase_messages
-- What a slice of messages said, to whom, and what gateways said of it goes; that there was a message, when, and what became
-- of it stays. One that was waiting is cancelled, as a fact. One that is on its way is left.
WITH before AS MATERIALIZED (
    SELECT m.id, m.status
    FROM scheduled_whatsapp_messages AS m
    WHERE m.organization_id = :organization_id AND m.id = ANY (:message_ids::uuid[])
      AND m.status IN ('pending', 'sent', 'failed', 'cancelled')
    ORDER BY m.id
    FOR UPDATE
), erased AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET message_content = '[erased]', media_url = NULL, recipient = NULL, vps_error = NULL,
        status = CASE b.status WHEN 'pending' THEN 'cancelled' ELSE b.status END,
        next_attempt_at = CASE b.status WHEN 'pending' THEN NULL ELSE m.next_attempt_at END,
        version = m.version + 1
    FROM before AS b
    WHERE m.id = b.id
    RETURNING m.id, m.organization_id, m.version, m.session_id, m.retry_count, b.status AS previous
), reasons AS (
    -- an operator's own words may name somebody
    UPDATE truesend.event_log AS v
    SET payload = v.payload || '{"reason": null}'
    FROM erased AS e
    WHERE v.aggregatetype = 'message' AND v.aggregateid = e.id AND v.payload ->> 'reason' IS NOT NULL
    RETURNING 1
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', e.id, 'message.cancelled',
           truesend.message_fact(e.id, e.organization_id, 'message.cancelled', 'cancelled', e.version, e.session_id, NULL,
                                 e.retry_count, NULL, NULL, false)
               || jsonb_build_object('actor', 'truesend privacy', 'reason', 'erased'),
           e.organization_id
    FROM erased AS e
    WHERE e.previous = 'pending'
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING erased AS e WHERE q.message_id = e.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING erased AS e WHERE l.message_id = e.id RETURNING 1
), attempts AS (
    UPDATE truesend.message_attempts AS a SET recipient = NULL, answer = NULL
    FROM erased AS e
    WHERE a.message_id = e.id
    RETURNING 1
), told AS (
    UPDATE truesend.evidence AS t SET chat = NULL, words = NULL
    FROM erased AS e
    WHERE t.message_id = e.id
    RETURNING 1
), hashes AS (
    -- the key stays, so that a repeated request makes no new message: it is refused instead
    UPDATE truesend.idempotency_keys AS k SET request_hash = ''
    FROM erased AS e
    WHERE k.organization_id = e.organization_id AND k.message_id = e.id
    RETURNING 1
)
SELECT count(*) AS erased, count(*) FILTER (WHERE previous = 'pending') AS cancelled FROM erased;
