-- migrate:up transaction:false
-- What became of an organisation's messages, hour by hour, without a look at the facts themselves: each section has such an index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_log_outcomes
    ON truesend.event_log_before (organization_id, created_at, type, aggregateid)
    WHERE type IN ('message.sent', 'message.failed', 'message.cancelled', 'message.unconfirmed', 'message.retried',
                   'message.retry_scheduled');

-- migrate:down
SELECT 1;
