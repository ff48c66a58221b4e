-- Which of these codes of grids are those of another layer than $2.
SELECT DISTINCT code FROM grid WHERE code = ANY($1) AND layer <> $2
