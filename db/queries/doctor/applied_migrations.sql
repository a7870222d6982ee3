-- name: applied_migrations
SELECT version::text FROM truesend.schema_migrations;
