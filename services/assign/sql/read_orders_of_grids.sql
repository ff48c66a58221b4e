-- Where the open orders are whose people are those of these grids.
SELECT lat, long, coalesce(grid_now, grid)
  FROM work_order
 WHERE settled = 0 AND state BETWEEN 3 AND 6 AND (grid = ANY($1) OR grid_now = ANY($1)) AND coalesce(grid_now, grid) = ANY($1)
