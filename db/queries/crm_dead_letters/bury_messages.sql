-- name: bury_messages
-- Entries in the CRM's own table of dead letters; says, as SQLSTATE, why there are none.
SELECT b.written, b.problem FROM truesend.bury_messages(:target, :message_ids::uuid[]) AS b;
