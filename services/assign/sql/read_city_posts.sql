-- Who answers for which grid.
SELECT grid, worker_id, accountability
  FROM grid_worker
 WHERE valid_to = 'infinity'
 ORDER BY grid COLLATE "C", accountability, worker_id COLLATE "C"
