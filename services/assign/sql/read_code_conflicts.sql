-- Of these codes of grids: those of another layer than $2, and those that are drawn anew from a time after $3 on already.
SELECT code, bool_or(layer <> $2), max(valid_from) FILTER (WHERE superseded_at = 'infinity' AND valid_from > $3)
  FROM grid
 WHERE code = ANY($1)
 GROUP BY code
HAVING bool_or(layer <> $2) OR bool_or(superseded_at = 'infinity' AND valid_from > $3)
