-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- A recipient without its spelling, so that one person is found however a CRM or a gateway wrote the number. A group's id stays.
CREATE OR REPLACE FUNCTION truesend.bare_number(recipient text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN recipient LIKE '%@g.us' THEN recipient
            ELSE regexp_replace(regexp_replace(split_part(split_part(recipient, '@', 1), ':', 1), '[^0-9]', '', 'g'),
                                '^00', '') END;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
