-- Who answers for the grids whose people changed after version $1; a grid whose last one went has a row without a worker.
SELECT c.grid, g.worker_id, g.accountability
  FROM (SELECT DISTINCT grid FROM grid_worker WHERE changed > $1) c
  LEFT JOIN LATERAL (SELECT worker_id, accountability
                       FROM grid_worker
                      WHERE grid = c.grid AND valid_to = 'infinity'
                     OFFSET 0) g ON true
 ORDER BY c.grid COLLATE "C", g.accountability, g.worker_id COLLATE "C"
