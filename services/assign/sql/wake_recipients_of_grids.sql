-- Key service recipients likewise. $1 grids.
UPDATE key_recipient SET relocate = true WHERE unmarked_at IS NULL AND (grid IS NULL OR grid = ANY($1))
