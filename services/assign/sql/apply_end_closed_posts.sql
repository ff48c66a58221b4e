-- Posts of grids that an applied change ended. $1 change, $2 when it began.
UPDATE grid_worker w
   SET valid_to = greatest(w.valid_from, $2), changed = (SELECT people + 1 FROM city_version)
  FROM grid_change_feature f
 WHERE f.change_id = $1 AND f.level = 4 AND f.act = 3 AND w.grid = f.code AND w.valid_to = 'infinity'
