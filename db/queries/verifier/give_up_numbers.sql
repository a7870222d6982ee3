-- name: give_up_numbers
-- First of all the numbers that change hands are nobody's: UNIQUE (organization_id, phone_number) is checked row by row.
UPDATE whatsapp_sessions SET phone_number = NULL WHERE id = ANY (:session_ids::uuid[]);
