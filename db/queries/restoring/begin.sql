-- name: begin
-- From now on what is pending and was due by now is held, as on the day of adoption. Facts that Kafka may not have get their
-- positions anew, and positions go on far beyond any that was given after the backup was taken.
WITH moment AS (
    UPDATE truesend.adoption AS a SET overdue_before = now() RETURNING 1
), unpublished AS (
    UPDATE truesend.event_log AS e
    SET position = NULL, section = NULL
    FROM truesend.relay_state AS r
    WHERE e.position > r.published_position
    RETURNING 1
), leap AS (
    UPDATE truesend.relay_state AS r
    SET last_position = r.last_position + :position_leap::bigint,
        published_position = r.last_position + :position_leap::bigint
    RETURNING 1
)
SELECT (SELECT count(*) FROM moment) AS moments, (SELECT count(*) FROM unpublished) AS unpublished,
       (SELECT count(*) FROM leap) AS leaps;
