-- name: work
-- What waits, and what waits too long. Facts wait for the relay; leases run out and are reaped within seconds.
SELECT (SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
                   (SELECT min(e.created_at) FROM truesend.event_log AS e WHERE e.section IS NULL),
                   (SELECT min(e.created_at) FROM truesend.event_log AS e
                    WHERE e.position > (SELECT r.published_position FROM truesend.relay_state AS r)))), 0)::float8)
           AS relay_lag_s,
       (SELECT count(*) FROM scheduled_whatsapp_messages AS m
        WHERE m.status = 'sending' AND m.lease_token IS NOT NULL AND m.lease_until < now() - interval '1 minute')
           AS stuck_leases,
       (SELECT count(*) FROM truesend.lookups) AS unconfirmed;
