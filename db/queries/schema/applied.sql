-- name: applied
SELECT version::text FROM truesend.schema_migrations;
