-- What may lie in a box at $1, as known at $2; by layer and code. $3..$6 west, south, east, north; $7 layer, 0: any of grids.
-- A row without bounds may lie anywhere. has_people: somebody answered for the grid then.
SELECT *
  FROM (SELECT code, version, layer, community, name, outline, valid_from, nullif(valid_to, 'infinity') AS valid_to, recorded_at,
               EXISTS (SELECT FROM grid_worker w WHERE w.grid = g.code AND w.valid_from <= $1 AND w.valid_to > $1) AS has_people
          FROM grid g
         WHERE valid_from <= $1 AND valid_to > $1 AND recorded_at <= $2 AND superseded_at > $2
           AND (bounds IS NULL OR bounds && box(point($3, $4), point($5, $6))) AND ($7 = 0 OR layer = $7)
         UNION ALL
        SELECT code, version, (CASE length(code) WHEN 12 THEN 5 ELSE 6 END)::smallint,
               CASE length(code) WHEN 12 THEN code ELSE '' END, name, outline, valid_from, nullif(valid_to, 'infinity'), recorded_at, false
          FROM division_outline
         WHERE valid_from <= $1 AND valid_to > $1 AND recorded_at <= $2 AND superseded_at > $2
           AND bounds && box(point($3, $4), point($5, $6)) AND length(code) = CASE $7::smallint WHEN 5 THEN 12 WHEN 6 THEN 9 END) outlines
 ORDER BY layer, code COLLATE "C"
