-- Aliases, by place from $1 up to $2.
SELECT place_id, alias, source FROM place_alias
 WHERE place_id > $1 AND place_id <= $2
 ORDER BY place_id, alias, source
