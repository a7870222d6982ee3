-- name: moment_ago
-- So long ago by the database's clock, which is the one that messages are due by.
SELECT now() - make_interval(secs => :seconds);
