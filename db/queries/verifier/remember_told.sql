-- name: remember_told
-- What a gateway told by itself, beside the row. A check that goes on goes on; a session that connects is looked at soon
-- enough to age.
INSERT INTO truesend.session_checks AS c
    (session_id, connecting_since, connecting_seen_at, webhook_at, seen_connected, down_since)
SELECT t.session_id, t.connecting_since, t.connecting_seen_at, t.webhook_at, t.seen_connected, t.down_since
FROM unnest(:session_ids::uuid[], :known::boolean[], :connecting_sinces::timestamptz[],
            :connecting_seen_ats::timestamptz[], :webhook_ats::timestamptz[], :seen_connecteds::boolean[],
            :down_sinces::timestamptz[])
    AS t (session_id, is_known, connecting_since, connecting_seen_at, webhook_at, seen_connected, down_since)
WHERE t.is_known
ORDER BY t.session_id
ON CONFLICT (session_id) DO UPDATE
    SET connecting_since = excluded.connecting_since,
        connecting_seen_at = excluded.connecting_seen_at,
        webhook_at = excluded.webhook_at,
        seen_connected = excluded.seen_connected,
        down_since = excluded.down_since,
        due_at = least(c.due_at, now() + make_interval(secs => (
            SELECT d.due_in_s FROM unnest(:session_ids::uuid[], :due_in_s::float8[]) AS d (session_id, due_in_s)
            WHERE d.session_id = excluded.session_id)));
