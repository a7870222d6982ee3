-- name: turn_sections
SELECT t.emptied, t.left_over FROM truesend.turn_sections(:retention_s) AS t;
