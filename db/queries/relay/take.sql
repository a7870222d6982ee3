-- name: take
-- Note what Kafka has confirmed, lead if nobody else does, and take what is to be published, in order. One row of nulls: another
-- leads.
SELECT f.id, f.aggregatetype, f.aggregateid, f.type, f.created_at, f.position, f.traceparent, f.body
FROM truesend.take_facts(:relay, :lease_s, :published_from, :published_to, :row_limit) AS f;
