-- Which of these divisions exist.
SELECT code FROM division WHERE code = ANY($1)
