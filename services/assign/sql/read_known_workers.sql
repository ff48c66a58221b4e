-- Which of these workers exist.
SELECT id FROM worker WHERE id = ANY($1)
