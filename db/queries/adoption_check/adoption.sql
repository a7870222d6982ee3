-- name: adoption
-- The moment before which what was overdue is held; NULL where nothing is.
SELECT CASE WHEN isfinite(a.overdue_before) THEN a.overdue_before END AS overdue_before FROM truesend.adoption AS a;
