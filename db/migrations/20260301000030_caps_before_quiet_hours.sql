-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- As before; and where a cap's hour or day ends inside quiet hours, `until` is when those end.
CREATE OR REPLACE FUNCTION truesend.held_by_rules(rules truesend.session_rules, at timestamptz)
RETURNS TABLE (reason text, until timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT h.reason,
           coalesce(truesend.quiet_until(h.until, rules.quiet_from, rules.quiet_to, rules.time_zone), h.until)
    FROM (VALUES
        ('paused', CASE WHEN rules.paused_at IS NOT NULL THEN 'infinity'::timestamptz END),
        ('quiet_hours', truesend.quiet_until(at, rules.quiet_from, rules.quiet_to, rules.time_zone)),
        ('cap_reached', CASE WHEN rules.started_in_hour >= rules.hourly_cap
                              AND rules.hour_began_at = date_trunc('hour', at, rules.time_zone)
                             THEN rules.hour_began_at + interval '1 hour' END),
        ('cap_reached', CASE WHEN rules.started_on_day >= rules.daily_cap
                              AND rules.day_began_at = date_trunc('day', at, rules.time_zone)
                             THEN (date_trunc('day', at AT TIME ZONE rules.time_zone) + interval '1 day')
                                  AT TIME ZONE rules.time_zone END)
    ) AS h (reason, until)
    WHERE h.until > at
    ORDER BY h.until DESC
    LIMIT 1
$$;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
