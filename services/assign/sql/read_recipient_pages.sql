-- In: one array a column, one element a page asked for: its number, the grid, after which id, how many at most.
-- Out: the number of the page, then the recipients marked there now, oldest mark first (ids are UUIDv7 of the marking). Not locked:
-- the engine's lock on producer_position lets one writer in at a time.
SELECT r.id, r.version, r.category, r.lat, r.long, r.grid, r.marked_at, r.unmarked_at, r.wrapped_key, r.sealed, n.page
  FROM unnest($1::int[], $2::text[], $3::uuid[], $4::int[]) AS n (page, grid, after, most)
  CROSS JOIN LATERAL (SELECT * FROM key_recipient k WHERE k.grid = n.grid AND k.unmarked_at IS NULL AND k.id > n.after
                       ORDER BY k.id LIMIT n.most) AS r
 ORDER BY n.page, r.id
