-- name: get_batch
SELECT b.id, b.created_at, b.created_by, b.total, b.refused
FROM truesend.batches AS b
WHERE b.organization_id = :organization_id AND b.id = :batch_id;
