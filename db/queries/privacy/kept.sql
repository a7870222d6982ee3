-- name: kept
-- All that is kept about a recipient: its messages, and of those the attempts, what gateways told, and the history; and what
-- is kept of messages that are gone.
WITH attempts AS (
    SELECT a.* FROM truesend.message_attempts AS a
    WHERE a.organization_id = :organization_id
      AND (a.message_id = ANY (:message_ids::uuid[]) OR truesend.bare_number(a.recipient) = :number)
), told AS (
    SELECT e.* FROM truesend.evidence AS e
    WHERE e.organization_id = :organization_id
      AND (e.message_id = ANY (:message_ids::uuid[])
           OR truesend.bare_number(e.chat) = :number OR truesend.bare_number(e.reader) = :number)
)
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(m) - 'lease_token' - 'lease_until' ORDER BY m.created_at, m.id), '[]')
     FROM scheduled_whatsapp_messages AS m
     WHERE m.organization_id = :organization_id AND m.id = ANY (:message_ids::uuid[])) AS messages,
    (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'lease_token' ORDER BY a.started_at), '[]') FROM attempts AS a) AS attempts,
    (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'lease_token' - 'told_key' ORDER BY t.id), '[]') FROM told AS t) AS evidence,
    (SELECT coalesce(jsonb_agg(v.payload || jsonb_build_object('type', v.type, 'created_at', v.created_at)
                               ORDER BY v.seq), '[]')
     FROM truesend.event_log AS v
     WHERE v.aggregatetype = 'message' AND v.aggregateid = ANY (:message_ids::uuid[])
       AND v.organization_id = :organization_id) AS events;
