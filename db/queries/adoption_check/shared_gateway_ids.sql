-- name: shared_gateway_ids
-- Names at the gateway that more than one session has: what its webhooks tell of one can be told of neither.
SELECT count(*) AS names, coalesce(sum(n.sessions), 0)::bigint AS sessions
FROM (SELECT count(*) AS sessions
      FROM whatsapp_sessions AS s
      WHERE nullif(s.session_data ->> 'vps_session_id', '') IS NOT NULL
      GROUP BY s.session_data ->> 'vps_session_id'
      HAVING count(*) > 1) AS n;
