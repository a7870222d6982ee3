-- name: cron_jobs
-- Jobs that have to do with messages. Their commands hold keys, and are not returned: what they name is.
SELECT j.jobid, coalesce(j.jobname::text, '') AS name, j.schedule::text AS schedule, j.active,
       j.command ~ '\mscheduled_whatsapp_messages\M' AS names_the_table,
       substring(j.command FROM '/functions/v1/([A-Za-z0-9_-]+)') AS function_name
FROM cron.job AS j
WHERE j.command ~* 'whatsapp|message|queue|campaign|webinar|workshop'
   OR j.jobname ~* 'whatsapp|message|queue|campaign|webinar|workshop'
ORDER BY j.jobid;
