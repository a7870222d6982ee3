-- name: estimated_statuses
-- How many messages have each status, by the planner's statistics: for a table that is too large to be counted.
SELECT v.status, (v.frequency * greatest(c.reltuples, 0))::bigint AS messages
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'status'
CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (status, frequency)
WHERE c.oid = 'scheduled_whatsapp_messages'::regclass
ORDER BY v.status;
