-- A page of the difference: first what is added, changed and removed, then what overlaps and gapes. $1 change, $2 kind (0 features,
-- 1 findings), $3 after, $4 rows.
SELECT *
  FROM (SELECT 0 AS what, idx, code, name, act AS kind, '' AS other, 0::float8 AS area_m2, households, outline
          FROM grid_change_feature
         WHERE change_id = $1 AND $2::int = 0 AND idx > $3 AND act <> 4
         UNION ALL
        SELECT 1, idx, code, detail, kind, other, area_m2, 0, outline
          FROM grid_change_fault
         WHERE change_id = $1 AND idx > CASE WHEN $2 = 1 THEN $3::int ELSE 0 END AND kind BETWEEN 20 AND 22 AND outline IS NOT NULL) d
 ORDER BY what, idx
 LIMIT $4
