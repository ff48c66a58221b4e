-- New versions of the grids of an applied change. $1 change, $2 valid_from, $3 now, $4 layer.
INSERT INTO grid (code, version, layer, community, name, outline, bounds, households, replaces, grid_change, valid_from, recorded_at)
SELECT f.code, 1 + coalesce((SELECT max(g.version) FROM grid g WHERE g.code = f.code), 0), $4, f.parent, f.name, f.outline, f.bounds,
       f.households, f.replaces, $1, $2, $3
  FROM grid_change_feature f
 WHERE f.change_id = $1 AND f.level = 4 AND f.act IN (1, 2)
