-- name: add_batch!
INSERT INTO truesend.batches (id, organization_id, created_by, total, refused)
VALUES (:batch_id, :organization_id, :actor, :total, :refused);
