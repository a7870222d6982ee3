-- name: oldest_position
SELECT min(e.position) FROM truesend.event_log AS e;
