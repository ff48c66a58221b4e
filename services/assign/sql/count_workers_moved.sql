-- Workers whose grids change: those with a post of a change, and those of grids that end. $1 change, $2 codes that end.
SELECT count(*)
  FROM (SELECT worker_id FROM grid_change_post WHERE change_id = $1
        UNION
        SELECT worker_id FROM grid_worker WHERE grid = ANY($2) AND valid_to = 'infinity') w
