-- New versions of the divisions' outlines. $1 change, $2 valid_from, $3 now.
INSERT INTO division_outline (code, version, name, outline, bounds, households, grid_change, valid_from, recorded_at)
SELECT f.code, 1 + coalesce((SELECT max(g.version) FROM division_outline g WHERE g.code = f.code), 0), f.name, f.outline, f.bounds,
       f.households, $1, $2, $3
  FROM grid_change_feature f
 WHERE f.change_id = $1 AND f.level < 4 AND f.act IN (1, 2)
