-- The posts of a change, with whether the worker is known.
SELECT p.grid, p.worker_id, w.id IS NOT NULL
  FROM grid_change_post p LEFT JOIN worker w ON w.id = p.worker_id
 WHERE p.change_id = $1
 ORDER BY p.grid, p.worker_id
