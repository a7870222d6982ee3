-- name: texts_told_of
-- What the messages of a session said that a gateway's word may be about: by the gateway's id, or by the chat, within a day.
WITH chat AS (
    SELECT ARRAY[:recipient::text, n.bare, '+' || n.bare, n.bare || '@s.whatsapp.net', n.bare || '@c.us'] AS spellings
    FROM (SELECT truesend.bare_number(:recipient::text) AS bare) AS n
)
SELECT m.message_content
FROM whatsapp_sessions AS s
JOIN scheduled_whatsapp_messages AS m ON m.organization_id = s.organization_id
WHERE s.id = :session_id
  AND s.organization_id = :organization_id
  AND m.id IN (
      SELECT o.id FROM scheduled_whatsapp_messages AS o WHERE o.gateway_message_id = :gateway_message_id::text
      UNION ALL
      SELECT a.message_id FROM truesend.message_attempts AS a WHERE a.gateway_message_id = :gateway_message_id::text
      UNION ALL
      (SELECT a.message_id FROM truesend.message_attempts AS a
       WHERE a.session_id = :session_id AND a.recipient = ANY ((SELECT spellings FROM chat)::text[])
         AND a.started_at > now() - interval '1 day'
       ORDER BY a.started_at DESC LIMIT 20)
      UNION ALL
      SELECT q.message_id FROM truesend.dispatch_queue AS q
      WHERE q.session_id = :session_id AND q.recipient = ANY ((SELECT spellings FROM chat)::text[])
        AND q.claimed_at IS NOT NULL
  );
