-- Accountabilities that begin now, unless they hold already; the last of several rows counts. Parameters as end_grid_workers.
INSERT INTO grid_worker (grid, worker_id, accountability, valid_from)
SELECT DISTINCT ON (n.grid, n.worker_id) n.grid, n.worker_id, n.accountability, $4
  FROM unnest($1::text[], $2::text[], $3::smallint[]) WITH ORDINALITY AS n(grid, worker_id, accountability, place)
 WHERE NOT EXISTS (SELECT FROM grid_worker g
                    WHERE g.grid = n.grid AND g.worker_id = n.worker_id AND g.valid_to = 'infinity')
 ORDER BY n.grid, n.worker_id, n.place DESC
