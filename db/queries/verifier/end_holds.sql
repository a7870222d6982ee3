-- name: end_holds
-- Sessions that can send again: their messages leave at once. A restriction by WhatsApp outlives a reconnect.
WITH ended AS (
    UPDATE truesend.session_pace
    SET held_until = NULL, hold_reason = NULL, hold_count = 0
    WHERE session_id = ANY (:session_ids::uuid[]) AND hold_reason IN ('session_down', 'gateway_refuses_us')
    RETURNING 1
)
SELECT pg_notify('truesend_dispatch', '') FROM (SELECT count(*) FROM ended) AS all_of_them;
