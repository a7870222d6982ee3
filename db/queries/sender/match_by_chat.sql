-- name: match_by_chat
-- Gives evidence without an id of ours to the one message that it can be about: by session and chat, where nobody else
-- sends, and where exactly one of our messages could have caused it. A guess between two is none. The attempt learns
-- the id. A gateway's clock is trusted to five seconds.
WITH told AS MATERIALIZED (
    SELECT e.id, e.session_id, e.organization_id, e.kind, e.gateway_message_id, e.told_at, e.is_timed, c.recipient
    FROM truesend.evidence AS e
    JOIN whatsapp_sessions AS s ON s.id = e.session_id
    CROSS JOIN LATERAL unnest(
        CASE WHEN e.chat LIKE '%@%' THEN ARRAY[e.chat]
             ELSE ARRAY[e.chat, '+' || e.chat, e.chat || '@s.whatsapp.net', e.chat || '@c.us'] END) AS c (recipient)
    WHERE e.id = ANY (:evidence_ids::bigint[]) AND e.message_id IS NULL AND e.chat IS NOT NULL
      AND s.gateway = ANY (:exclusive_gateways::text[])
      -- an id that is not ours yet may become ours, for a callback; a rejection or a receipt waits for it
      AND (e.kind IN ('sent', 'failed') OR (e.kind = 'rejected' AND e.gateway_message_id IS NULL))
), attempt AS MATERIALIZED (
    SELECT t.id AS evidence_id, a.message_id, a.lease_token, a.claimed_at, a.started_at, a.finished_at, a.outcome,
           a.gateway_message_id, a.gateway, a.recipient
    FROM told AS t
    JOIN truesend.message_attempts AS a
        ON a.session_id = t.session_id AND a.recipient = t.recipient
        AND a.organization_id = t.organization_id
        AND a.started_at > t.told_at - interval '1 day'
    UNION ALL
    SELECT t.id, m.id, m.lease_token, q.claimed_at, m.attempt_started_at, NULL, 'unconfirmed', NULL, q.gateway,
           q.recipient
    FROM told AS t
    JOIN truesend.dispatch_queue AS q
        ON q.session_id = t.session_id AND q.recipient = t.recipient
        AND q.organization_id = t.organization_id
        AND q.claimed_at IS NOT NULL AND q.answered_at IS NULL
    JOIN scheduled_whatsapp_messages AS m ON m.id = q.message_id AND m.lease_token = q.lease_token
    WHERE m.attempt_started_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM truesend.message_attempts AS a
                      WHERE a.message_id = m.id AND a.lease_token = m.lease_token)
), possible AS MATERIALIZED (
    SELECT t.kind, t.organization_id, t.session_id, t.is_timed, t.gateway_message_id AS told_id, a.*,
           own.has_same, own.called_back_at IS NOT NULL AS was_called_back
    FROM attempt AS a
    JOIN (SELECT DISTINCT ON (id) * FROM told ORDER BY id) AS t ON t.id = a.evidence_id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(o.kind = t.kind), false) AS has_same,
               max(o.told_at) FILTER (WHERE o.kind IN ('sent', 'failed')) AS called_back_at
        FROM truesend.evidence AS o
        WHERE o.message_id = a.message_id AND o.lease_token = a.lease_token AND o.kind IN ('sent', 'failed', 'rejected')
    ) AS own
    WHERE (t.gateway_message_id IS NULL OR a.gateway_message_id IS NULL)
      AND (NOT t.is_timed
           OR (a.started_at <= t.told_at + interval '5 seconds'
               -- a rejection may come long after the answer and the callback
               AND (t.kind = 'rejected'
                    OR ((own.called_back_at IS NULL OR t.told_at <= own.called_back_at + interval '5 seconds')
                        AND (a.outcome IN ('accepted', 'unconfirmed')
                             OR t.told_at <= a.finished_at + interval '5 seconds')))))
), of_one AS MATERIALIZED (
    SELECT * FROM (SELECT p.*,
                          min(p.message_id::text) OVER of_evidence = max(p.message_id::text) OVER of_evidence AS is_one,
                          bool_and(p.was_called_back) OVER of_evidence AS all_called_back,
                          bool_or(p.has_same) OVER of_evidence AS was_told
                   FROM possible AS p
                   WINDOW of_evidence AS (PARTITION BY p.evidence_id)) AS o
    WHERE o.is_one AND (o.is_timed OR NOT o.was_told)
), live AS MATERIALIZED (
    -- of a message's attempts, one that was called back for is meant only where no other can be
    SELECT o.*, count(*) OVER (PARTITION BY o.evidence_id) AS attempts
    FROM of_one AS o
    WHERE NOT o.has_same
      AND (NOT o.was_called_back OR o.all_called_back OR NOT o.is_timed OR o.kind = 'rejected')
), only_one AS MATERIALIZED (
    SELECT DISTINCT ON (l.evidence_id) l.*
    FROM live AS l
    -- whichever of a message's attempts was sent, the message was; which one failed has to be known
    WHERE l.attempts = 1 OR (l.kind = 'sent' AND l.is_timed)
    ORDER BY l.evidence_id, l.started_at DESC
), agreed AS MATERIALIZED (
    -- two ids cannot both be one attempt's
    SELECT * FROM (SELECT o.*, min(told_id) OVER of_attempt AS learned_id,
                          min(told_id) OVER of_attempt IS DISTINCT FROM max(told_id) OVER of_attempt AS is_torn
                   FROM only_one AS o
                   WINDOW of_attempt AS (PARTITION BY message_id, lease_token)) AS a
    WHERE NOT a.is_torn
), learned AS (
    INSERT INTO truesend.message_attempts AS a
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, claimed_at, started_at,
         outcome, gateway_message_id)
    SELECT DISTINCT ON (g.message_id, g.lease_token) g.message_id,
           1 + (SELECT count(*) FROM truesend.message_attempts AS o WHERE o.message_id = g.message_id),
           g.organization_id, g.session_id, g.gateway, g.recipient, g.lease_token, g.claimed_at, g.started_at,
           g.outcome, g.learned_id
    FROM agreed AS g
    ORDER BY g.message_id, g.lease_token
    ON CONFLICT (message_id, lease_token) DO UPDATE
        SET gateway_message_id = coalesce(a.gateway_message_id, excluded.gateway_message_id)
        WHERE a.gateway_message_id IS NULL AND excluded.gateway_message_id IS NOT NULL
)
UPDATE truesend.evidence AS e
SET message_id = g.message_id, lease_token = g.lease_token
FROM agreed AS g
WHERE e.id = g.evidence_id
RETURNING e.message_id, e.session_id, e.gateway_message_id;
