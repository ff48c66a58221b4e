-- Open orders of grids that were redrawn or ended look for their grid anew, and so do those outside every grid. $1 change, $2 now.
UPDATE work_order o
   SET retry_at = $2
 WHERE o.settled = 0 AND o.state BETWEEN 3 AND 6
   AND (o.queue_reason = 2
        OR o.grid IN (SELECT code FROM grid_change_feature WHERE change_id = $1 AND level = 4 AND act IN (2, 3))
        OR o.grid_now IN (SELECT code FROM grid_change_feature WHERE change_id = $1 AND level = 4 AND act IN (2, 3)))
