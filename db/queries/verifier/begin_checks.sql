-- name: begin_checks
-- Claims the checks of a batch of wanted sessions, and returns those that are ours now. Not claimed are: a session that
-- is gone or another organisation's; one that somebody is asking for (news make that one ask again); one asked for
-- within the freshness window (news, and a check that was never finished, do not wait for it).
WITH wanted AS MATERIALIZED (
    SELECT s.id, w.token, w.is_news
    FROM unnest(:session_ids::uuid[], :organization_ids::uuid[], :tokens::uuid[], :news::boolean[])
        AS w (session_id, organization_id, token, is_news)
    JOIN whatsapp_sessions AS s ON s.id = w.session_id AND s.organization_id = w.organization_id
), claimed AS (
    INSERT INTO truesend.session_checks AS c (session_id, token, asked_at, lease_until, due_at, requested_at)
    SELECT id, token, now(), now() + make_interval(secs => :lease_s), now() + make_interval(secs => :lease_s),
           CASE WHEN is_news THEN now() END
    FROM wanted
    ORDER BY id
    ON CONFLICT (session_id) DO UPDATE
        SET token = CASE WHEN c.lease_until > now() THEN c.token ELSE excluded.token END,
            asked_at = CASE WHEN c.lease_until > now() THEN c.asked_at ELSE excluded.asked_at END,
            due_at = CASE WHEN c.lease_until > now() THEN c.due_at ELSE excluded.due_at END,
            lease_until = CASE WHEN c.lease_until > now() THEN c.lease_until ELSE excluded.lease_until END,
            requested_at = coalesce(excluded.requested_at, c.requested_at),
            ask_again = coalesce(c.lease_until > now(), false)
        WHERE (excluded.requested_at IS NOT NULL AND NOT (c.ask_again AND coalesce(c.lease_until > now(), false)))
           OR c.lease_until <= now()
           OR (c.token IS NULL
               AND (c.ask_again
                    OR c.finished_at IS NULL
                    OR c.finished_at <= now() - make_interval(secs => :freshness_s)))
    RETURNING session_id, token, asked_at, connecting_since, connecting_seen_at, superseded_by, webhook_at, seen_connected,
              down_since
)
SELECT s.id, s.organization_id, s.status, s.gateway, s.version, s.phone_number, s.qr_code, s.qr_expires_at,
       s.connected_at, s.last_active_at, s.last_error, s.last_error_at, s.last_verified_at,
       coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id) AS gateway_session_id,
       coalesce(s.created_at > (SELECT a.recorded_at FROM truesend.adoption AS a), false) AS is_ours,
       c.connecting_since, c.connecting_seen_at, c.superseded_by, c.webhook_at, c.seen_connected, c.down_since,
       n.since AS silent_since, n.unacknowledged, n.noted_at AS silence_noted_at, c.token, c.asked_at
FROM claimed AS c
JOIN wanted AS w ON w.id = c.session_id AND w.token = c.token
JOIN whatsapp_sessions AS s ON s.id = c.session_id
LEFT JOIN truesend.session_silence AS n ON n.session_id = s.id
ORDER BY s.id;
