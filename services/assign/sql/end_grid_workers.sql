-- Posts that change or end, end now. $1 grid, $2 worker, $3 accountability, $4 ends, $5 now.
UPDATE grid_worker g
   SET valid_to = greatest(g.valid_from, $5), changed = (SELECT people + 1 FROM city_version)
  FROM unnest($1::text[], $2::text[], $3::smallint[], $4::boolean[]) AS n(grid, worker_id, accountability, ends)
 WHERE g.grid = n.grid AND g.worker_id = n.worker_id AND g.valid_to = 'infinity' AND (n.ends OR g.accountability <> n.accountability)
