-- name: hearing_page
-- A page of the sessions that ever sent, from one to the next along the index, with the sends that no acknowledgement has
-- followed. Sends that are older than the first acknowledgement of their gateway prove nothing.
WITH RECURSIVE page AS (
    (SELECT a.session_id, 1 AS number FROM truesend.message_attempts AS a
     WHERE a.outcome IN ('sent', 'accepted') AND a.session_id > :after_id
     ORDER BY a.session_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.session_id FROM truesend.message_attempts AS a
            WHERE a.outcome IN ('sent', 'accepted') AND a.session_id > p.session_id
            ORDER BY a.session_id LIMIT 1), p.number + 1
    FROM page AS p
    WHERE p.session_id IS NOT NULL AND p.number < :row_limit
), gateway AS MATERIALIZED (
    SELECT k.gateway, min(k.first_ack_at) AS first_ack_at,
           coalesce((SELECT max(r.last_at) FROM truesend.webhook_refusals AS r WHERE r.gateway = k.gateway)
                    > coalesce((SELECT w.last_accepted_at FROM truesend.webhook_gateways AS w WHERE w.gateway = k.gateway),
                               '-infinity'), false) AS is_deaf
    FROM truesend.session_acks AS k
    -- of a gateway that does not promise to tell, silence means nothing
    WHERE k.gateway <> ALL (:mute_gateways::text[])
    GROUP BY k.gateway
)
SELECT p.session_id, s.id IS NOT NULL AND s.status = 'connected' AS is_connected, now() AS now,
       g.gateway IS NOT NULL AS gateway_acknowledges, coalesce(g.is_deaf, false) AS is_deaf,
       coalesce(u.sent_ats, '{}') AS sent_ats
FROM page AS p
LEFT JOIN whatsapp_sessions AS s ON s.id = p.session_id
LEFT JOIN gateway AS g ON g.gateway = s.gateway
LEFT JOIN truesend.session_acks AS k ON k.session_id = s.id
LEFT JOIN LATERAL (
    SELECT array_agg(l.started_at ORDER BY l.started_at) AS sent_ats
    FROM (SELECT a.started_at FROM truesend.message_attempts AS a
          WHERE a.session_id = s.id AND a.outcome IN ('sent', 'accepted')
            AND a.started_at > greatest(g.first_ack_at, k.last_ack_at)
          ORDER BY a.started_at
          LIMIT :sends_limit) AS l
) AS u ON g.gateway IS NOT NULL
WHERE p.session_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM truesend.session_silence AS n WHERE n.session_id = p.session_id)
UNION ALL
-- where the page ended, whatever is known of its last session
SELECT p.session_id, NULL, now(), NULL, NULL, NULL
FROM page AS p
WHERE p.number = :row_limit AND p.session_id IS NOT NULL;
