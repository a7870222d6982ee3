-- name: holds
-- Why each of these messages waits although its time has come, and until when where that is known. The conditions are
-- the ones under which the sender stages and claims.
SELECT m.id, why.held_reason,
       CASE WHEN why.held_reason NOT IN ('organization_not_enabled', 'before_adoption', 'no_session', 'no_recipient',
                                         'session_down')
            THEN nullif(greatest(h.until,
                                 CASE WHEN m.next_attempt_at > now() THEN m.next_attempt_at END,
                                 CASE WHEN p.held_until > now() THEN p.held_until END,
                                 CASE WHEN p.next_send_at > now() THEN p.next_send_at END), 'infinity')
       END AS held_until
FROM unnest(:message_ids::uuid[]) AS wanted (id)
JOIN scheduled_whatsapp_messages AS m ON m.id = wanted.id
LEFT JOIN truesend.adoption AS a ON true
LEFT JOIN LATERAL (SELECT v.session_id, v.recipient FROM truesend.message_routes AS v
                   WHERE v.message_id = m.id LIMIT 1) AS r ON true
LEFT JOIN whatsapp_sessions AS s ON s.id = r.session_id AND s.organization_id = m.organization_id
LEFT JOIN truesend.session_pace AS p ON p.session_id = s.id
LEFT JOIN truesend.session_rules AS u ON u.session_id = s.id
LEFT JOIN LATERAL truesend.held_by_rules(u, now()) AS h ON u.session_id IS NOT NULL
CROSS JOIN LATERAL (SELECT CASE
         WHEN NOT (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
             THEN 'organization_not_enabled'
         WHEN m.scheduled_for <= a.overdue_before AND m.created_at <= a.overdue_before AND m.next_attempt_at IS NULL
             THEN 'before_adoption'
         WHEN s.id IS NULL THEN 'no_session'
         WHEN r.recipient IS NULL THEN 'no_recipient'
         WHEN s.status <> 'connected' THEN 'session_down'
         WHEN h.reason IS NOT NULL THEN h.reason
         WHEN m.next_attempt_at > now() THEN 'backing_off'
         WHEN p.held_until > now() AND p.hold_reason IN ('restricted', 'silent') THEN p.hold_reason
         WHEN p.held_until > now() THEN 'gateway_hold'
         WHEN p.next_send_at > now() THEN 'pace'
       END AS held_reason) AS why
WHERE m.organization_id = :organization_id
  AND m.status = 'pending'
  AND m.scheduled_for <= now();
