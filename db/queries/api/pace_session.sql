-- name: pace_session
-- The session's pace, caps and quiet hours, whole: what is null is as if it had never been said. Caps count what was started
-- in this hour and on this day before, too. No row for a session that is not the organisation's.
WITH wanted AS (
    SELECT s.id, s.organization_id
    FROM whatsapp_sessions AS s
    WHERE s.id = :session_id AND s.organization_id = :organization_id
), began AS (
    SELECT date_trunc('hour', now(), :time_zone) AS hour, date_trunc('day', now(), :time_zone) AS day
), attempts AS (
    SELECT a.lease_token, a.started_at
    FROM wanted AS w
    JOIN truesend.message_attempts AS a ON a.session_id = w.id
    UNION
    -- one that is at its gateway has no row among the attempts yet
    SELECT m.lease_token, m.attempt_started_at
    FROM wanted AS w
    JOIN truesend.dispatch_queue AS q ON q.session_id = w.id AND q.claimed_at IS NOT NULL AND q.answered_at IS NULL
    JOIN scheduled_whatsapp_messages AS m ON m.id = q.message_id AND m.lease_token = q.lease_token
), started AS (
    SELECT count(*) FILTER (WHERE a.started_at >= b.hour) AS in_hour, count(a.started_at) AS on_day
    FROM began AS b
    LEFT JOIN attempts AS a ON a.started_at >= b.day
), paced AS (
    INSERT INTO truesend.session_rules AS u
        (session_id, organization_id, min_interval_ms, jitter_ms, hourly_cap, daily_cap, quiet_from, quiet_to, time_zone,
         updated_at, updated_by, hour_began_at, started_in_hour, day_began_at, started_on_day)
    SELECT w.id, w.organization_id, :min_interval_ms, :jitter_ms, :hourly_cap, :daily_cap, :quiet_from, :quiet_to,
           :time_zone, now(), :actor, b.hour, s.in_hour, b.day, s.on_day
    FROM wanted AS w, began AS b, started AS s
    ON CONFLICT (session_id) DO UPDATE
        SET min_interval_ms = excluded.min_interval_ms, jitter_ms = excluded.jitter_ms,
            hourly_cap = excluded.hourly_cap, daily_cap = excluded.daily_cap,
            quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, time_zone = excluded.time_zone,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by,
            hour_began_at = excluded.hour_began_at, day_began_at = excluded.day_began_at,
            -- attempts that were forgotten since still count
            started_in_hour = CASE WHEN u.hour_began_at = excluded.hour_began_at
                                   THEN greatest(u.started_in_hour, excluded.started_in_hour)
                                   ELSE excluded.started_in_hour END,
            started_on_day = CASE WHEN u.day_began_at = excluded.day_began_at
                                  THEN greatest(u.started_on_day, excluded.started_on_day)
                                  ELSE excluded.started_on_day END
    RETURNING u.session_id, u.organization_id
), unpaced AS (
    -- a pause of the old pace must not outlast what the new one would have made of it
    UPDATE truesend.session_pace AS p
    SET next_send_at = least(p.next_send_at, now() + make_interval(secs => :longest_pause_s))
    FROM paced AS u
    WHERE p.session_id = u.session_id
    RETURNING 1
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'session', u.session_id, 'session.paced',
           truesend.session_fact(u.session_id, 'session.paced', :actor, NULL), u.organization_id, :traceparent
    FROM paced AS u
    RETURNING 1
)
SELECT EXISTS (SELECT FROM facts) AS changed FROM wanted;
