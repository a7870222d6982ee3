-- name: wake
-- A hint to the relay, and to the sender, that there is work; both look by themselves, too.
SELECT pg_notify('truesend_relay', ''), pg_notify('truesend_dispatch', '');
