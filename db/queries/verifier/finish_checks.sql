-- name: finish_checks
-- The end of checks that are still ours; one that shall ask again goes on under its token, with a fresh lease. Returns
-- those that go on.
WITH finished AS (
    UPDATE truesend.session_checks AS c
    SET token = CASE WHEN c.ask_again THEN c.token END,
        lease_until = CASE WHEN c.ask_again THEN now() + make_interval(secs => :lease_s) END,
        asked_at = CASE WHEN c.ask_again THEN now() ELSE c.asked_at END,
        ask_again = false,
        finished_at = now(),
        due_at = now() + make_interval(secs => CASE WHEN c.ask_again THEN :lease_s ELSE f.due_in_s END),
        connecting_since = CASE WHEN f.is_known THEN f.connecting_since ELSE c.connecting_since END,
        connecting_seen_at = CASE WHEN f.is_known THEN f.connecting_seen_at ELSE c.connecting_seen_at END,
        webhook_at = CASE WHEN f.is_known THEN f.webhook_at ELSE c.webhook_at END,
        seen_connected = CASE WHEN f.is_known THEN f.seen_connected ELSE c.seen_connected END,
        down_since = CASE WHEN f.is_known THEN f.down_since ELSE c.down_since END
    FROM unnest(:session_ids::uuid[], :tokens::uuid[], :due_in_s::float8[], :known::boolean[],
                :connecting_sinces::timestamptz[], :connecting_seen_ats::timestamptz[], :webhook_ats::timestamptz[],
                :seen_connecteds::boolean[], :down_sinces::timestamptz[])
        AS f (session_id, token, due_in_s, is_known, connecting_since, connecting_seen_at, webhook_at, seen_connected,
              down_since)
    WHERE c.session_id = f.session_id AND c.token = f.token
    RETURNING c.session_id, c.token, c.asked_at
)
SELECT session_id, asked_at FROM finished WHERE token IS NOT NULL;
