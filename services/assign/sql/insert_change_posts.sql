-- Who will answer for the new grids; the last of several rows counts.
INSERT INTO grid_change_post (change_id, grid, worker_id, accountability)
SELECT DISTINCT ON (n.change_id, n.grid, n.worker_id) n.change_id, n.grid, n.worker_id, n.accountability
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[]) WITH ORDINALITY AS n(change_id, grid, worker_id, accountability, place)
 ORDER BY n.change_id, n.grid, n.worker_id, n.place DESC
