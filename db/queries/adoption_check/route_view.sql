-- name: route_view
-- What the view that routes messages says, and whether it reads as who asks.
SELECT pg_get_viewdef(c.oid) AS definition,
       EXISTS (SELECT FROM pg_options_to_table(c.reloptions) AS o
               WHERE o.option_name = 'security_invoker' AND o.option_value::boolean) AS is_invoker,
       ARRAY(SELECT DISTINCT d.refobjid::regclass::text
             FROM pg_rewrite AS r
             JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
             WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid) AS tables
FROM pg_class AS c
WHERE c.oid = to_regclass('truesend.message_routes');
