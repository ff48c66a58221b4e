-- Aliases of these places.
SELECT place_id, alias, source FROM place_alias
 WHERE place_id = ANY ($1::uuid[])
 ORDER BY place_id, alias, source
