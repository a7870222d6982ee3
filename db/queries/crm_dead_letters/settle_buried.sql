-- name: settle_buried
-- Closes a slice of the entries whose message did not stay failed; says, as SQLSTATE, why it could not.
SELECT s.settled, s.problem FROM truesend.settle_buried(:target, :row_limit) AS s;
