-- name: silences
-- Every session that is silent, and what has happened since: an acknowledgement, a reconnect, sends after that.
SELECT n.session_id, n.organization_id, n.since, n.unacknowledged, n.noted_at, n.tried_again_at, now() AS now,
       k.last_ack_at, s.id IS NULL OR c.superseded_by IS NOT NULL AS is_over_otherwise,
       (SELECT max(e.created_at) FROM truesend.event_log AS e
        WHERE e.aggregatetype = 'session' AND e.aggregateid = n.session_id
          AND (e.type IN ('session.reconnect_requested', 'session.resumed')
               OR (e.type = 'session.connected' AND e.payload ->> 'previous_status' <> 'connected'))
          AND e.created_at > n.noted_at) AS chance_at,
       coalesce((SELECT array_agg(l.started_at ORDER BY l.started_at)
                 FROM (SELECT a.started_at FROM truesend.message_attempts AS a
                       WHERE a.session_id = n.session_id AND a.outcome IN ('sent', 'accepted')
                         AND a.started_at > n.tried_again_at
                       ORDER BY a.started_at
                       LIMIT :sends_limit) AS l), '{}') AS sent_again_ats
FROM truesend.session_silence AS n
LEFT JOIN whatsapp_sessions AS s ON s.id = n.session_id
LEFT JOIN truesend.session_checks AS c ON c.session_id = n.session_id
LEFT JOIN truesend.session_acks AS k ON k.session_id = n.session_id
ORDER BY n.session_id
LIMIT :row_limit;
