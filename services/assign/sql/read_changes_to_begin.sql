-- Applied changes whose time has come. $1 now.
SELECT id, valid_from
  FROM grid_change
 WHERE state = 8 AND begun_at IS NULL AND valid_from <= $1
 ORDER BY valid_from, id
 LIMIT 2
