-- Where the key service recipients of these grids are.
SELECT lat, long, grid FROM key_recipient WHERE unmarked_at IS NULL AND grid = ANY($1)
