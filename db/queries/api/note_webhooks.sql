-- name: note_webhooks
-- What one process saw of webhooks since it last wrote: counts by gateway, refusals by hour, the newest hundred refusals.
WITH accepted AS (
    INSERT INTO truesend.webhook_gateways AS g (gateway, accepted, last_accepted_at, without_use)
    SELECT a.gateway, a.accepted, a.last_at, a.without_use
    FROM unnest(:gateways::text[], :accepted::bigint[], :last_ats::timestamptz[], :without_use::bigint[])
        AS a (gateway, accepted, last_at, without_use)
    ON CONFLICT (gateway) DO UPDATE
        SET accepted = g.accepted + excluded.accepted,
            last_accepted_at = greatest(g.last_accepted_at, excluded.last_accepted_at),
            without_use = g.without_use + excluded.without_use
    RETURNING 1
), refused AS (
    INSERT INTO truesend.webhook_refusals AS r (gateway, reason, hour, refused, first_at, last_at)
    SELECT n.gateway, n.reason, date_trunc('hour', n.first_at, 'UTC'), n.refused, n.first_at, n.last_at
    FROM unnest(:refused_gateways::text[], :reasons::text[], :refused::bigint[], :first_ats::timestamptz[],
                :refused_last_ats::timestamptz[]) AS n (gateway, reason, refused, first_at, last_at)
    ON CONFLICT (gateway, reason, hour) DO UPDATE
        SET refused = r.refused + excluded.refused,
            first_at = least(r.first_at, excluded.first_at),
            last_at = greatest(r.last_at, excluded.last_at)
    RETURNING 1
), recent AS (
    INSERT INTO truesend.webhook_refusals_recent (gateway, reason, refused_at, sender_address)
    SELECT n.gateway, n.reason, n.refused_at, n.sender_address
    FROM unnest(:recent_gateways::text[], :recent_reasons::text[], :recent_ats::timestamptz[], :addresses::text[])
        AS n (gateway, reason, refused_at, sender_address)
    RETURNING 1
), forgotten AS (
    DELETE FROM truesend.webhook_refusals WHERE hour < now() - interval '7 days'
    RETURNING 1
)
SELECT (SELECT count(*) FROM accepted) + (SELECT count(*) FROM refused) + (SELECT count(*) FROM recent);
