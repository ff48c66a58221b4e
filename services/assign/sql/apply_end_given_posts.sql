-- Posts of grids whose people an applied change gives anew. $1 change, $2 when it begins.
UPDATE grid_worker w
   SET valid_to = greatest(w.valid_from, $2), changed = (SELECT people + 1 FROM city_version)
 WHERE w.valid_to = 'infinity' AND w.grid IN (SELECT grid FROM grid_change_post WHERE change_id = $1)
