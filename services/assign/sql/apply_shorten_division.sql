-- As apply_shorten_grid. $1 change, $2 valid_from, $3 now.
INSERT INTO division_outline (code, version, name, outline, bounds, households, grid_change, valid_from, valid_to, recorded_at)
SELECT g.code, g.version, g.name, g.outline, g.bounds, g.households, $1, g.valid_from, $2, $3
  FROM grid_change_feature f
  JOIN division_outline g ON g.code = f.code AND g.superseded_at = $3 AND g.recorded_at < $3 AND g.valid_from < $2
 WHERE f.change_id = $1 AND f.level < 4 AND f.act <> 4
