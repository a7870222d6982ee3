-- name: erase_traces!
-- What names the recipient outside of its messages: attempts of messages that are gone, what gateways told of chats that no
-- message is known for, and who read in a group, where one reader stays one. Of messages on their way it is left.
WITH attempts AS (
    UPDATE truesend.message_attempts AS a SET recipient = NULL, answer = NULL
    WHERE a.organization_id = :organization_id AND truesend.bare_number(a.recipient) = :number
      AND a.message_id <> ALL (:under_way::uuid[])
)
UPDATE truesend.evidence AS e
SET chat = CASE WHEN truesend.bare_number(e.chat) = :number THEN NULL ELSE e.chat END,
    reader = CASE WHEN truesend.bare_number(e.reader) = :number THEN :pseudonym::text ELSE e.reader END,
    words = CASE WHEN truesend.bare_number(e.chat) = :number THEN NULL ELSE e.words END
WHERE e.organization_id = :organization_id
  AND (truesend.bare_number(e.chat) = :number OR truesend.bare_number(e.reader) = :number)
  AND (e.message_id <> ALL (:under_way::uuid[])
       OR (e.message_id IS NULL AND cardinality(:under_way::uuid[]) = 0));
