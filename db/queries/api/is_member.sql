-- name: is_member
SELECT truesend.belongs_to(:user_id, :organization_id);
