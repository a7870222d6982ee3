-- name: messages_about
-- Every message of the organisation that goes or went to this recipient, by its route now, by itself, or by an attempt, and
-- whether it is on its way at this moment.
SELECT m.id, m.status,
       m.status = 'pending' AS is_pending,
       m.status = 'sending' AS is_under_way
FROM scheduled_whatsapp_messages AS m
WHERE m.organization_id = :organization_id
  AND (truesend.bare_number(m.recipient) = :number
       OR EXISTS (SELECT FROM truesend.message_routes AS r
                  WHERE r.message_id = m.id AND truesend.bare_number(r.recipient) = :number)
       OR EXISTS (SELECT FROM truesend.message_attempts AS a
                  WHERE a.message_id = m.id AND a.organization_id = m.organization_id
                    AND truesend.bare_number(a.recipient) = :number))
ORDER BY m.id;
