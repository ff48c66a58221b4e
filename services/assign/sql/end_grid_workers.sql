-- Accountabilities that change end now. $1 grid, $2 worker, $3 accountability, $4 now.
UPDATE grid_worker g
   SET valid_to = greatest(g.valid_from, $4)
  FROM unnest($1::text[], $2::text[], $3::smallint[]) AS n(grid, worker_id, accountability)
 WHERE g.grid = n.grid AND g.worker_id = n.worker_id AND g.valid_to = 'infinity' AND g.accountability <> n.accountability
