-- name: alert_situations
-- Sessions that an alert may begin or end for: down for long enough and not alerted yet (the newest first), silent and not
-- alerted yet, and a page of those with an open alert. One whose disconnect an operator asked for is not missed.
WITH down AS (
    SELECT c.session_id
    FROM truesend.session_checks AS c
    WHERE c.down_since <= now() - make_interval(secs => :debounce_s)
      -- told long ago, or not missed; that an operator asked for it is not kept for ever
      AND c.down_since > now() - interval '1 day'
      AND c.superseded_by IS NULL
      AND NOT EXISTS (SELECT FROM truesend.alerts AS a
                      WHERE a.session_id = c.session_id AND a.kind = 'session_down' AND a.resolved_at IS NULL)
    ORDER BY c.down_since DESC
    LIMIT :row_limit
), silent AS (
    SELECT n.session_id
    FROM truesend.session_silence AS n
    WHERE NOT EXISTS (SELECT FROM truesend.alerts AS a
                      WHERE a.session_id = n.session_id AND a.kind = 'session_silent' AND a.resolved_at IS NULL)
    ORDER BY n.noted_at DESC
    LIMIT :row_limit
), opened AS MATERIALIZED (
    SELECT a.id, a.session_id
    FROM truesend.alerts AS a
    WHERE a.resolved_at IS NULL AND a.id > :after_id
    ORDER BY a.id
    LIMIT :row_limit
), wanted AS (
    SELECT session_id FROM down UNION SELECT session_id FROM silent UNION SELECT session_id FROM opened
)
SELECT w.session_id, now() AS now, s.id IS NULL AS is_gone,
       s.organization_id, s.display_name, s.gateway, s.status, s.last_error,
       CASE WHEN s.id IS NOT NULL THEN c.down_since END AS down_since,
       c.superseded_by IS NULL
       AND NOT EXISTS (SELECT FROM truesend.event_log AS e
                       WHERE e.aggregatetype = 'session' AND e.aggregateid = w.session_id
                         AND e.type = 'session.disconnect_requested'
                         AND e.created_at > c.down_since - interval '5 minutes') AS is_missed,
       CASE WHEN s.id IS NOT NULL THEN n.since END AS silent_since,
       coalesce((SELECT jsonb_object_agg(a.kind, a.id) FROM truesend.alerts AS a
                 WHERE a.session_id = w.session_id AND a.resolved_at IS NULL), '{}') AS open,
       (SELECT count(*) FROM (SELECT FROM truesend.dispatch_queue AS q
                              WHERE q.session_id = w.session_id AND q.claimed_at IS NULL AND q.due_at <= now()
                              LIMIT 1000) AS due) AS messages_waiting,
       (SELECT CASE WHEN count(*) = :row_limit THEN max(o.id::text)::uuid END FROM opened AS o) AS more_after
FROM wanted AS w
LEFT JOIN whatsapp_sessions AS s ON s.id = w.session_id
LEFT JOIN truesend.session_checks AS c ON c.session_id = w.session_id
LEFT JOIN truesend.session_silence AS n ON n.session_id = w.session_id;
