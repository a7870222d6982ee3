-- name: leap_versions
-- Rows that may still change: their next versions go beyond any that they had after the backup was taken.
WITH sessions AS (
    UPDATE whatsapp_sessions AS s SET version = s.version + :version_leap::bigint RETURNING 1
), sending AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET version = m.version + :version_leap::bigint
    WHERE m.status = 'sending'
    RETURNING 1
)
SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM sending) AS sending;
