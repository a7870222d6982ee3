-- name: record_evidence
-- Keeps what gateways told, each distinct thing once, for sessions that are exactly one of ours; and that those sessions
-- were heard of. Returns what is new, and the receipts whose time turned out to be earlier than was known.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(
        :gateways::text[], :gateway_session_ids::text[], :told_keys::uuid[], :kinds::text[],
        :gateway_message_ids::text[], :chats::text[], :readers::text[], :told_ats::timestamptz[], :are_timed::boolean[],
        :outcomes::text[], :words::text[], :error_codes::integer[], :received_ats::timestamptz[]
    ) AS i (gateway, gateway_session_id, told_key, kind, gateway_message_id, chat, reader, told_at, is_timed, outcome,
            words, error_code, received_at)
), named AS MATERIALIZED (
    SELECT DISTINCT gateway, gateway_session_id FROM input
), ours AS MATERIALIZED (
    SELECT n.gateway, n.gateway_session_id, s.session_ids[1] AS session_id, s.organization_ids[1] AS organization_id
    FROM named AS n
    CROSS JOIN LATERAL (
        SELECT array_agg(f.id) AS session_ids, array_agg(f.organization_id) AS organization_ids
        FROM (SELECT w.id, w.organization_id FROM whatsapp_sessions AS w
              WHERE w.gateway = n.gateway
                AND coalesce(nullif(w.session_data ->> 'vps_session_id', ''), 'wa_' || w.id::text)
                    = n.gateway_session_id
              LIMIT 2) AS f
    ) AS s
    WHERE cardinality(s.session_ids) = 1
), told AS MATERIALIZED (
    SELECT DISTINCT ON (o.session_id, i.told_key) o.session_id, o.organization_id, i.*
    FROM input AS i
    JOIN ours AS o USING (gateway, gateway_session_id)
    ORDER BY o.session_id, i.told_key, i.told_at
), heard AS (
    INSERT INTO truesend.session_acks AS a (session_id, gateway, organization_id, first_ack_at, last_ack_at)
    SELECT o.session_id, min(i.gateway), o.organization_id,
           least(min(i.received_at), now()), least(max(i.received_at), now())
    FROM input AS i
    JOIN ours AS o USING (gateway, gateway_session_id)
    GROUP BY o.session_id, o.organization_id
    ORDER BY o.session_id
    ON CONFLICT (session_id) DO UPDATE
        SET gateway = excluded.gateway, organization_id = excluded.organization_id,
            first_ack_at = least(a.first_ack_at, excluded.first_ack_at),
            last_ack_at = greatest(a.last_ack_at, excluded.last_ack_at)
), recorded AS (
    INSERT INTO truesend.evidence AS e
        (session_id, organization_id, told_key, kind, gateway_message_id, chat, reader, told_at, is_timed, outcome,
         words, error_code)
    SELECT session_id, organization_id, told_key, kind, gateway_message_id, chat, reader, told_at, is_timed, outcome,
           words, error_code
    FROM told
    ORDER BY session_id, told_key
    ON CONFLICT (session_id, told_key) DO UPDATE
        SET told_at = excluded.told_at, weighed_at = NULL
        WHERE excluded.told_at < e.told_at AND e.kind IN ('delivered', 'read')
    RETURNING e.id, e.session_id, e.kind, e.outcome, e.told_at, e.message_id, xmax = 0 AS is_new
)
SELECT r.id, r.session_id, r.kind, r.outcome, r.told_at, r.message_id, r.is_new,
       (SELECT count(*) FROM input AS i JOIN ours AS o USING (gateway, gateway_session_id)) AS of_ours
FROM (VALUES (1)) AS one (row)
LEFT JOIN recorded AS r ON true;
