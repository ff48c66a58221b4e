-- The result of a check; the row is locked. $1 change, $2 state, $3 verdict, $4 map version, $5.. counts and preview, $16 now.
UPDATE grid_change
   SET state = $2, verdict = $3, map_version = $4, progress = 100, added = $5, changed = $6, closed = $7, unchanged = $8, faults = $9,
       overlapping = $10, gaps = $11, households_moved = $12, workers_moved = $13, orders_moved = $14, recipients_moved = $15,
       checked_at = $16
 WHERE id = $1
