-- name: start_resend
-- A message in doubt may be sent again under the id that was reserved for it: to the same session, which has to be free to
-- send, and within the budget. Returns what to send; nothing where that may not be now.
WITH doubt AS MATERIALIZED (
    SELECT m.id, m.gateway_message_id, m.message_content, m.media_url, m.media_type, l.session_id, l.recipient,
           coalesce(nullif(w.session_data ->> 'vps_session_id', ''), 'wa_' || w.id::text) AS gateway_session_id,
           coalesce(u.min_interval_ms / 1000.0, :min_interval_s::float8) AS pause_s
    FROM truesend.lookups AS l
    JOIN scheduled_whatsapp_messages AS m ON m.id = l.message_id
    JOIN whatsapp_sessions AS w ON w.id = l.session_id
    LEFT JOIN truesend.session_pace AS p ON p.session_id = l.session_id
    LEFT JOIN truesend.session_rules AS u ON u.session_id = l.session_id
    WHERE l.message_id = :message_id AND l.resends < :max_resends AND NOT l.orphan
      AND m.status = 'sending' AND m.unconfirmed_at IS NOT NULL AND m.lease_token IS NULL
      AND m.attempt_started_at = l.attempt_started_at
      AND m.gateway_message_id = truesend.reserved_id(m.id, m.retried_at, :id_prefix::text, :id_digits::integer)
      AND m.attempt_started_at > now() - make_interval(secs => :message_max_age_s)
      AND w.status = 'connected'
      AND (p.next_send_at IS NULL OR p.next_send_at <= now())
      AND (p.held_until IS NULL OR p.held_until <= now())
      AND NOT EXISTS (SELECT FROM truesend.session_rules AS r, truesend.held_by_rules(r, now()) AS h
                      WHERE r.session_id = l.session_id)
    FOR UPDATE OF l SKIP LOCKED
), counted AS (
    UPDATE truesend.lookups AS l SET resends = l.resends + 1
    FROM doubt AS d
    WHERE l.message_id = d.id
    RETURNING l.resends
), paced AS (
    INSERT INTO truesend.session_pace AS p (session_id, next_send_at)
    SELECT d.session_id, now() + make_interval(secs => d.pause_s) FROM doubt AS d WHERE d.pause_s > 0
    ON CONFLICT (session_id) DO UPDATE SET next_send_at = excluded.next_send_at
)
SELECT d.*, c.resends FROM doubt AS d CROSS JOIN counted AS c;
