-- Where they are now; NULL: in no grid.
UPDATE key_recipient r
   SET grid = n.grid, relocate = false
  FROM unnest($1::uuid[], $2::text[]) AS n(id, grid)
 WHERE r.id = n.id
