-- name: database
SELECT current_setting('server_version_num')::integer AS version, clock_timestamp() AS now,
       to_regclass('truesend.event_log') IS NOT NULL AS is_migrated;
