-- name: clients
-- Who is connected beside us, by role and program.
SELECT coalesce(a.usename, '?')::text AS role, coalesce(nullif(a.application_name, ''), 'a program without a name') AS program,
       count(*) AS connections
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND (a.backend_type = 'client backend' OR a.backend_type IS NULL) AND a.application_name NOT LIKE 'truesend%'
GROUP BY 1, 2
ORDER BY connections DESC, 1, 2
LIMIT 12;
