-- All workers.
SELECT id FROM worker ORDER BY id COLLATE "C"
