-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- A claim may run ahead of the sends: what counts against a gateway's credits is what has started and has no answer yet.
ALTER TABLE truesend.dispatch_queue ADD COLUMN IF NOT EXISTS started_at timestamptz;

-- What has started at these gateways and has no answer yet, except for what the caller knows to be over. Until the
-- caller's transaction ends nobody else starts anything there: a look that waited for the lock has to see what was
-- committed meanwhile, which a statement's own snapshot doesn't, and the queries of a volatile function do.
CREATE OR REPLACE FUNCTION truesend.started_at_gateways(names text[], tokens_over uuid[])
RETURNS TABLE (gateway text, session_id uuid)
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('truesend start ' || n.name, 0))
    FROM (SELECT DISTINCT u.name FROM unnest(names) AS u (name) WHERE u.name IS NOT NULL ORDER BY u.name) AS n;
    RETURN QUERY
    SELECT q.gateway, q.session_id
    FROM truesend.dispatch_queue AS q
    WHERE q.gateway = ANY (names) AND q.claimed_at IS NOT NULL AND q.answered_at IS NULL AND q.started_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM unnest(tokens_over) AS o (token) WHERE o.token = q.lease_token);
END
$$;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
