-- A page of what a check found. $1 change, $2 after, $3 rows.
SELECT idx, feature, code, other, kind, detail, lat, long, area_m2
  FROM grid_change_fault
 WHERE change_id = $1 AND idx > $2
 ORDER BY idx
 LIMIT $3
