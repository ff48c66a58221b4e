-- Divisions of an applied change: new ones, and new names. $1 change.
INSERT INTO division (code, name, level, parent)
SELECT code, name, level, parent
  FROM grid_change_feature
 WHERE change_id = $1 AND level < 4 AND act IN (1, 2)
 ORDER BY level, code
ON CONFLICT (code) DO UPDATE SET name = excluded.name
 WHERE division.name <> excluded.name
