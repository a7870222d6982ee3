-- name: start_attempts
-- The start fence: only rows that this returns may be sent. A record that came twice, or waited past its lease, gets
-- nothing. The session's pace counts from here.
WITH started AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET attempt_started_at = clock_timestamp(),
        lease_until = now() + make_interval(secs => :lease_s),
        version = m.version + 1
    FROM unnest(:message_ids::uuid[], :lease_tokens::uuid[]) AS i (message_id, lease_token)
    WHERE m.id = i.message_id AND m.lease_token = i.lease_token
      AND m.status = 'sending' AND m.attempt_started_at IS NULL AND m.lease_until > now()
    RETURNING m.id, m.organization_id, m.lease_token, m.message_content, m.media_url, m.media_type,
              m.attempt_started_at, coalesce(m.retry_count, 0) AS retry_count
), route AS (
    SELECT q.message_id, q.session_id, q.recipient, q.gateway, q.claimed_at
    FROM truesend.dispatch_queue AS q
    JOIN started AS s ON s.id = q.message_id AND s.lease_token = q.lease_token
), paced AS (
    INSERT INTO truesend.session_pace AS p (session_id, next_send_at)
    SELECT DISTINCT r.session_id, now() + make_interval(secs => :min_interval_s) FROM route AS r
    WHERE :min_interval_s > 0
    ON CONFLICT (session_id) DO UPDATE SET next_send_at = excluded.next_send_at
    RETURNING 1
)
SELECT s.*, r.session_id, r.recipient, r.gateway, r.claimed_at,
       coalesce(w.session_data ->> 'vps_session_id', 'wa_' || w.id::text) AS gateway_session_id
FROM started AS s
JOIN route AS r ON r.message_id = s.id
JOIN whatsapp_sessions AS w ON w.id = r.session_id;
