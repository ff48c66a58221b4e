-- The grids of a worker now, and whether he is the accountable one there.
SELECT g.grid, g.accountability, g.valid_from,
       EXISTS (SELECT FROM accountable a WHERE a.grid = g.grid AND a.until = 'infinity' AND a.worker_id = g.worker_id)
  FROM grid_worker g
 WHERE g.worker_id = $1 AND g.valid_to = 'infinity'
 ORDER BY g.accountability, g.grid
