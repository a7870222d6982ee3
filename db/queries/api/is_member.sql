-- name: is_member
SELECT EXISTS (SELECT FROM truesend.user_organizations AS u
               WHERE u.user_id = :user_id AND u.organization_id = :organization_id);
