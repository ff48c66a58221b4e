-- Grids that exist at $2 and have nobody, by code. $1 continue after, $3 rows.
SELECT a.grid, a.since
  FROM accountable a
 WHERE a.until = 'infinity' AND a.worker_id IS NULL AND a.grid > $1
   AND EXISTS (SELECT FROM grid g WHERE g.code = a.grid AND g.superseded_at = 'infinity' AND g.valid_from <= $2 AND g.valid_to > $2)
 ORDER BY a.grid
 LIMIT $3
