-- Valid places by name: $1 pattern of the name, $2 pattern of the division, $3, $4 continue after, $5 rows.
SELECT id, kind, name, division, lat, long, road, number_from, number_to, parity FROM place
 WHERE valid AND name LIKE $1 AND division LIKE $2 AND (name COLLATE "C", id) > ($3, $4)
 ORDER BY name COLLATE "C", id
 LIMIT $5
