-- name: watched
-- Since when Truesend has been looking, by organisation: how many sessions there are, how many were verified lately, and how
-- many of those that say connected can't be verified now.
SELECT s.organization_id, count(*) AS sessions,
       count(*) FILTER (WHERE s.last_verified_at > now() - interval '10 minutes') AS verified_lately,
       count(*) FILTER (WHERE s.status = 'connected' AND s.last_error IS NOT NULL) AS in_doubt,
       (SELECT a.recorded_at FROM truesend.adoption AS a) AS adopted_at
FROM whatsapp_sessions AS s
GROUP BY s.organization_id
ORDER BY s.organization_id;
