-- What was superseded just now and had begun before is recorded anew with its end. $1 change, $2 valid_from, $3 now.
INSERT INTO grid (code, version, layer, community, name, outline, bounds, households, replaces, grid_change, valid_from, valid_to, recorded_at)
SELECT g.code, g.version, g.layer, g.community, g.name, g.outline, g.bounds, g.households, g.replaces, $1, g.valid_from, $2, $3
  FROM grid_change_feature f
  JOIN grid g ON g.code = f.code AND g.superseded_at = $3 AND g.recorded_at < $3 AND g.valid_from < $2
 WHERE f.change_id = $1 AND f.level = 4 AND f.act <> 4
