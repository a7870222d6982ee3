-- name: messages_with_proof
-- Of these messages, the ones of which an attempt is known, or may be known, to have been sent, or to have been rejected.
SELECT i.message_id
FROM unnest(:message_ids::uuid[]) AS i (message_id)
WHERE EXISTS (SELECT FROM truesend.evidence AS e WHERE e.message_id = i.message_id)
   OR EXISTS (SELECT FROM truesend.message_attempts AS a WHERE a.message_id = i.message_id AND a.outcome = 'sent');
