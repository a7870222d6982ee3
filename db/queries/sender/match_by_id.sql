-- name: match_by_id
-- Gives evidence to the message whose id the gateway named: known from an answer, from other evidence, or from the row;
-- always of the same session and organisation. An id that two messages have belongs to neither.
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
), chosen AS MATERIALIZED (
    SELECT DISTINCT ON (o.evidence_id) o.*
    FROM (SELECT owner.*,
                 min(message_id::text) OVER of_evidence = max(message_id::text) OVER of_evidence AS is_one
          FROM owner
          WINDOW of_evidence AS (PARTITION BY evidence_id)) AS o
    WHERE o.is_one
    ORDER BY o.evidence_id, o.started_at DESC NULLS LAST
)
UPDATE truesend.evidence AS e
SET message_id = c.message_id, lease_token = c.lease_token
FROM chosen AS c
WHERE e.id = c.evidence_id
RETURNING e.message_id;
