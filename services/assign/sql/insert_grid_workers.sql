-- Posts that begin now, unless they are held already; the last of several rows counts. Parameters as end_grid_workers. A post that
-- ended at this very instant is taken up again.
INSERT INTO grid_worker (grid, worker_id, accountability, valid_from, changed)
SELECT n.grid, n.worker_id, n.accountability, $5, (SELECT people + 1 FROM city_version)
  FROM (SELECT DISTINCT ON (grid, worker_id) *
          FROM unnest($1::text[], $2::text[], $3::smallint[], $4::boolean[]) WITH ORDINALITY
               AS u(grid, worker_id, accountability, ends, place)
         ORDER BY grid, worker_id, place DESC) n
 WHERE NOT n.ends
   AND NOT EXISTS (SELECT FROM grid_worker g
                    WHERE g.grid = n.grid AND g.worker_id = n.worker_id AND g.valid_to = 'infinity')
ON CONFLICT (grid, worker_id, valid_from)
   DO UPDATE SET accountability = excluded.accountability, valid_to = 'infinity', changed = excluded.changed
