-- name: overview_messages
-- What is on its way: no more than :count_limit of each are counted.
SELECT (SELECT count(*)
        FROM (SELECT FROM scheduled_whatsapp_messages AS m
              WHERE m.organization_id = :organization_id AND m.status = 'pending' LIMIT :count_limit) AS p) AS pending,
       count(*) FILTER (WHERE g.unconfirmed_at IS NULL) AS sending,
       count(g.unconfirmed_at) AS unconfirmed
FROM (SELECT m.unconfirmed_at FROM scheduled_whatsapp_messages AS m
      WHERE m.organization_id = :organization_id AND m.status = 'sending' LIMIT :count_limit) AS g;
