-- Who answers for the new grids: the posts of the change; without any, those of the grids that are replaced, where only the first
-- one's primary stays primary. $1 change, $2 when it begins.
INSERT INTO grid_worker (grid, worker_id, accountability, valid_from, changed)
SELECT DISTINCT ON (n.grid, n.worker_id) n.grid, n.worker_id, n.accountability, $2, (SELECT people + 1 FROM city_version)
  FROM (SELECT p.grid, p.worker_id, p.accountability
          FROM grid_change_post p
         WHERE p.change_id = $1
         UNION ALL
        SELECT f.code, w.worker_id, CASE WHEN r.place = 1 THEN w.accountability ELSE greatest(w.accountability, 2::smallint) END
          FROM grid_change_feature f
         CROSS JOIN unnest(f.replaces) WITH ORDINALITY AS r(code, place)
          JOIN grid_worker w ON w.grid = r.code AND w.valid_to = 'infinity'
         WHERE f.change_id = $1 AND f.level = 4 AND f.act = 1
           AND NOT EXISTS (SELECT FROM grid_change_post p WHERE p.change_id = $1 AND p.grid = f.code)) n
 WHERE NOT EXISTS (SELECT FROM grid_worker g WHERE g.grid = n.grid AND g.worker_id = n.worker_id AND g.valid_to = 'infinity')
 ORDER BY n.grid, n.worker_id, n.accountability
ON CONFLICT (grid, worker_id, valid_from)
   DO UPDATE SET accountability = excluded.accountability, valid_to = 'infinity', changed = excluded.changed
