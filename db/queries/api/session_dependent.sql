-- name: session_dependent
-- A table of the CRM's, quoted, whose rows would be deleted together with a session.
SELECT truesend.session_dependent(:session_id);
