-- name: message_evidence
-- What confirmed a message, and what came after: one row per kind of evidence. Readers are counted once each; who read
-- counts as delivered to. `kind` is sent, failed, rejected, delivered, read, found (by a look-up) or answered.
WITH known AS (
    SELECT e.kind, e.reader, e.told_at, e.words, e.error_code
    FROM truesend.evidence AS e
    WHERE e.message_id = :message_id AND e.organization_id = :organization_id
    UNION ALL
    SELECT 'delivered', e.reader, e.told_at, NULL, NULL
    FROM truesend.evidence AS e
    WHERE e.message_id = :message_id AND e.organization_id = :organization_id AND e.kind = 'read'
    UNION ALL
    SELECT 'answered', NULL, a.finished_at, NULL, NULL
    FROM truesend.message_attempts AS a
    WHERE a.message_id = :message_id AND a.organization_id = :organization_id AND a.outcome = 'sent'
)
SELECT k.kind,
       count(DISTINCT coalesce(k.reader, '')) FILTER (WHERE k.kind IN ('delivered', 'read')) AS readers,
       min(k.told_at) AS first_at,
       max(k.told_at) AS last_at,
       CASE k.kind WHEN 'answered' THEN 'http' WHEN 'sent' THEN 'callback' WHEN 'found' THEN 'lookup'
                   WHEN 'delivered' THEN 'receipt' WHEN 'read' THEN 'receipt' END AS confirmed_by,
       (array_agg(k.words ORDER BY k.told_at) FILTER (WHERE k.words IS NOT NULL))[1] AS words,
       (array_agg(k.error_code ORDER BY k.told_at) FILTER (WHERE k.error_code IS NOT NULL))[1] AS error_code
FROM known AS k
GROUP BY k.kind
ORDER BY first_at, kind;
