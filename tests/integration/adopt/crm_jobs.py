"""What a CRM runs beside us: its jobs, as pg_cron keeps them."""

import asyncpg

from tests.migration.crm import OwnedDatabase

_CRON = """
CREATE SCHEMA cron;
CREATE TABLE cron.job (
    jobid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, schedule text NOT NULL, command text NOT NULL,
    nodename text NOT NULL DEFAULT 'localhost', nodeport integer NOT NULL DEFAULT 5432,
    database text NOT NULL DEFAULT current_database(), username text NOT NULL DEFAULT current_user,
    active boolean NOT NULL DEFAULT true, jobname name
);
INSERT INTO cron.job (jobname, schedule, command)
SELECT name, '* * * * *',
       format('SELECT net.http_post(url := ''https://crm.example/functions/v1/%s'','
              ' headers := ''{"Authorization": "Bearer s3cret"}'')', called)
FROM (VALUES ('process-workshop-whatsapp-queue', 'process-whatsapp-queue'),
             ('process-webinar-queue', 'process-webinar-queue'),
             ('process-campaign-queue', 'process-notification-campaigns')) AS v (name, called);
INSERT INTO cron.job (jobname, schedule, command) VALUES ('clean-sessions', '0 3 * * *', 'DELETE FROM login_tokens');
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE sql
AS $$ DELETE FROM cron.job WHERE jobname = job_name RETURNING true $$;
"""


async def make_cron(database: OwnedDatabase) -> None:
    """Make the tables of pg_cron, which no package here brings, with the jobs of the CRM: three queues, and a broom."""
    owner = await database.connect()
    await owner.execute(_CRON)
    await owner.close()


async def process_whatsapp_queue(db: asyncpg.Connection) -> None:
    """The CRM's own job: whatever is due is sent through an asynchronous VPS, which says 2xx to all of it."""
    await db.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'sent', sent_at = now() WHERE id IN"
        " (SELECT id FROM scheduled_whatsapp_messages WHERE status = 'pending' AND scheduled_for <= now() LIMIT 50)"
    )
