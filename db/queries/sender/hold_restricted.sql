-- name: hold_restricted!
-- WhatsApp limits these sessions' numbers: nothing more leaves through them for a while, whichever message told it.
INSERT INTO truesend.session_pace AS p (session_id, held_until, hold_reason, hold_count)
SELECT i.session_id, max(i.held_until), 'restricted', 1
FROM unnest(:session_ids::uuid[], :held_untils::timestamptz[]) AS i (session_id, held_until)
WHERE i.held_until > now()
GROUP BY i.session_id
ORDER BY i.session_id
ON CONFLICT (session_id) DO UPDATE
    SET held_until = greatest(p.held_until, excluded.held_until), hold_reason = 'restricted',
        hold_count = p.hold_count + 1;
