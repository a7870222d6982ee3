-- name: sessions_to_verify
-- The named sessions of the organisation, or every one that is connected or connecting; and which of them have an answer
-- from their gateway that is young enough.
SELECT s.id,
       coalesce(c.finished_at > now() - make_interval(secs => :freshness_s), false) AS fresh
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
WHERE s.organization_id = :organization_id
  AND CASE WHEN :session_ids::uuid[] IS NULL THEN s.status IN ('connected', 'connecting')
           ELSE s.id = ANY (:session_ids::uuid[]) END
ORDER BY s.id;
