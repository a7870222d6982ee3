-- name: prune_idempotency_keys!
-- A key is kept for longer than any client repeats a request.
DELETE FROM truesend.idempotency_keys AS k
USING (SELECT o.organization_id, o.key FROM truesend.idempotency_keys AS o
       WHERE o.created_at < now() - interval '7 days'
       ORDER BY o.created_at
       LIMIT :row_limit) AS old
WHERE k.organization_id = old.organization_id AND k.key = old.key;
