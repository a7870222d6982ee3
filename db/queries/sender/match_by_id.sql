-- name: match_by_id
-- Gives evidence to the message whose id the gateway named: known from an answer, from other evidence, or from the row,
-- where it may have been reserved for an attempt that has no answer yet; always of the same session and organisation.
-- An id that two messages have belongs to neither.
WITH told AS MATERIALIZED (
    SELECT e.id, e.session_id, e.organization_id, e.gateway_message_id
    FROM truesend.evidence AS e
    WHERE e.id = ANY (:evidence_ids::bigint[]) AND e.message_id IS NULL AND e.gateway_message_id IS NOT NULL
    ORDER BY e.id
    FOR UPDATE SKIP LOCKED
), owner AS MATERIALIZED (
    SELECT t.id AS evidence_id, a.message_id, a.lease_token, a.started_at
    FROM told AS t
    JOIN truesend.message_attempts AS a
        ON a.gateway_message_id = t.gateway_message_id AND a.session_id = t.session_id
        AND a.organization_id = t.organization_id
    UNION
    SELECT t.id, f.message_id, f.lease_token, a.started_at
    FROM told AS t
    JOIN truesend.evidence AS f
        ON f.gateway_message_id = t.gateway_message_id AND f.session_id = t.session_id AND f.message_id IS NOT NULL
    LEFT JOIN truesend.message_attempts AS a ON a.message_id = f.message_id AND a.lease_token = f.lease_token
    UNION
    SELECT t.id, m.id, a.lease_token, a.started_at
    FROM told AS t
    JOIN scheduled_whatsapp_messages AS m
        ON m.gateway_message_id = t.gateway_message_id AND m.organization_id = t.organization_id
    JOIN truesend.message_attempts AS a
        ON a.message_id = m.id AND a.session_id = t.session_id AND a.started_at = m.attempt_started_at
    UNION
    SELECT t.id, m.id, m.lease_token, m.attempt_started_at
    FROM told AS t
    JOIN scheduled_whatsapp_messages AS m
        ON m.gateway_message_id = t.gateway_message_id AND m.organization_id = t.organization_id
    JOIN truesend.dispatch_queue AS q
        ON q.message_id = m.id AND q.lease_token = m.lease_token AND q.session_id = t.session_id
    WHERE m.attempt_started_at IS NOT NULL
), chosen AS MATERIALIZED (
    SELECT DISTINCT ON (o.evidence_id) o.*
    FROM (SELECT owner.*,
                 min(message_id::text) OVER of_evidence = max(message_id::text) OVER of_evidence AS is_one
          FROM owner
          WINDOW of_evidence AS (PARTITION BY evidence_id)) AS o
    WHERE o.is_one
    ORDER BY o.evidence_id, o.started_at DESC NULLS LAST
), started AS (
    -- an attempt that is told of before its answer
    INSERT INTO truesend.message_attempts
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, claimed_at, started_at,
         outcome, gateway_message_id)
    SELECT DISTINCT ON (c.message_id, c.lease_token) c.message_id,
           1 + (SELECT count(*) FROM truesend.message_attempts AS o WHERE o.message_id = c.message_id),
           q.organization_id, q.session_id, q.gateway, q.recipient, c.lease_token, q.claimed_at, c.started_at,
           'unconfirmed', m.gateway_message_id
    FROM chosen AS c
    JOIN truesend.dispatch_queue AS q ON q.message_id = c.message_id AND q.lease_token = c.lease_token
    JOIN scheduled_whatsapp_messages AS m ON m.id = c.message_id AND m.lease_token = c.lease_token
    WHERE c.lease_token IS NOT NULL
    ORDER BY c.message_id, c.lease_token
    ON CONFLICT (message_id, lease_token) DO NOTHING
)
UPDATE truesend.evidence AS e
SET message_id = c.message_id, lease_token = c.lease_token
FROM chosen AS c
WHERE e.id = c.evidence_id
RETURNING e.message_id;
