-- name: hold_silent!
-- Silent sessions' messages wait, while a verifier says so again and again. A hold of another reason is left to its end.
INSERT INTO truesend.session_pace AS p (session_id, held_until, hold_reason)
SELECT t.session_id, now() + make_interval(secs => :hold_s), 'silent'
FROM unnest(:session_ids::uuid[]) AS t (session_id)
JOIN truesend.session_silence AS n ON n.session_id = t.session_id
ORDER BY t.session_id
ON CONFLICT (session_id) DO UPDATE
    SET held_until = excluded.held_until, hold_reason = excluded.hold_reason
    WHERE p.held_until IS NULL
       OR p.held_until <= now()
       OR (p.hold_reason = 'silent' AND p.held_until < now() + make_interval(secs => :hold_s / 2));
