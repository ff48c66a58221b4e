-- Key service recipients of grids that were redrawn or ended, and of none, look for their grid anew. $1 change.
UPDATE key_recipient
   SET relocate = true
 WHERE unmarked_at IS NULL
   AND (grid IS NULL OR grid IN (SELECT code FROM grid_change_feature WHERE change_id = $1 AND level = 4 AND act IN (2, 3)))
