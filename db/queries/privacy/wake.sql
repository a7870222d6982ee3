-- name: wake
-- A hint to the relay: what was cancelled is a fact.
SELECT pg_notify('truesend_relay', '');
