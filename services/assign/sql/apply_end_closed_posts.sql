-- Posts of grids that an applied change ends, unless it begins later than now: then nobody is asked for them any more, but they still
-- answer until then. $1 change, $2 when it begins, $3 now.
UPDATE grid_worker w
   SET valid_to = greatest(w.valid_from, $2)
  FROM grid_change_feature f
 WHERE f.change_id = $1 AND f.level = 4 AND f.act = 3 AND $2 <= $3 AND w.grid = f.code AND w.valid_to = 'infinity'
