-- name: enrol
-- Walks through the sessions, a page at a time, and has those checked that never were.
WITH page AS MATERIALIZED (
    SELECT s.id FROM whatsapp_sessions AS s WHERE s.id > :after_id ORDER BY s.id LIMIT :row_limit
), enrolled AS (
    INSERT INTO truesend.session_checks (session_id)
    SELECT p.id FROM page AS p
    WHERE NOT EXISTS (SELECT FROM truesend.session_checks AS c WHERE c.session_id = p.id)
    ORDER BY p.id
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM page) AS looked_at,
       (SELECT count(*) FROM enrolled) AS enrolled,
       (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last_id;
