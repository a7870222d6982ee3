-- name: hint
SELECT pg_notify('truesend_dispatch', ''), pg_notify('truesend_relay', '');
