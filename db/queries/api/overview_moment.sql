-- name: overview_moment
-- Now by the database's clock, and the full hour with which the window begins.
SELECT now() AS now, date_trunc('hour', now() - make_interval(hours => :hours::integer), 'UTC') AS since;
