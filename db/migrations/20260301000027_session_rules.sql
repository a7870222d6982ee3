-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- How a session may send, as an operator has said: its pace, its caps, its quiet hours, and whether it is paused.
CREATE TABLE IF NOT EXISTS truesend.session_rules (
    session_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    min_interval_ms integer,
    jitter_ms integer,
    hourly_cap integer,
    daily_cap integer,
    quiet_from time,
    quiet_to time,
    time_zone text NOT NULL DEFAULT 'UTC',
    paused_at timestamptz,
    paused_by text,
    pause_reason text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text,
    -- attempts that were started in the hour and on the day that these began at
    hour_began_at timestamptz NOT NULL DEFAULT '-infinity',
    started_in_hour integer NOT NULL DEFAULT 0,
    day_began_at timestamptz NOT NULL DEFAULT '-infinity',
    started_on_day integer NOT NULL DEFAULT 0,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
) WITH (fillfactor = 70);

-- When the quiet hours that `at` lies in end; null outside of them. Hours are those of clocks in the zone, whatever the
-- season does to them.
CREATE OR REPLACE FUNCTION truesend.quiet_until(at timestamptz, quiet_from time, quiet_to time, zone text)
RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE
    WHEN quiet_from < quiet_to AND (at AT TIME ZONE zone)::time >= quiet_from AND (at AT TIME ZONE zone)::time < quiet_to
        THEN ((at AT TIME ZONE zone)::date + quiet_to) AT TIME ZONE zone
    WHEN quiet_from > quiet_to AND (at AT TIME ZONE zone)::time >= quiet_from
        THEN ((at AT TIME ZONE zone)::date + 1 + quiet_to) AT TIME ZONE zone
    WHEN quiet_from > quiet_to AND (at AT TIME ZONE zone)::time < quiet_to
        THEN ((at AT TIME ZONE zone)::date + quiet_to) AT TIME ZONE zone
END;

-- Why a session's rules let nothing go at `at`, and until when: of several reasons the one that lasts longest, of a pause
-- for ever ('infinity'). No row where they let it go. Both the sender and the API ask this.
CREATE OR REPLACE FUNCTION truesend.held_by_rules(rules truesend.session_rules, at timestamptz)
RETURNS TABLE (reason text, until timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT h.reason, h.until
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
