-- Open orders of grids that were drawn anew look for their grid again, and so do those outside every grid. $1 grids, $2 now.
UPDATE work_order
   SET retry_at = $2
 WHERE settled = 0 AND state BETWEEN 3 AND 6 AND (queue_reason = 2 OR grid = ANY($1) OR grid_now = ANY($1))
