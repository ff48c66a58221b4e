-- The outlines valid at $1, as known now: grids in their layers, communities in layer 5, towns in layer 6. No end: NULL.
SELECT *
  FROM (SELECT code, version, layer, community, name, outline, valid_from, nullif(valid_to, 'infinity') AS valid_to, recorded_at
          FROM grid
         WHERE superseded_at = 'infinity' AND valid_from <= $1 AND valid_to > $1
         UNION ALL
        SELECT code, version, (CASE length(code) WHEN 12 THEN 5 ELSE 6 END)::smallint,
               CASE length(code) WHEN 12 THEN code ELSE '' END, name, outline, valid_from, nullif(valid_to, 'infinity'), recorded_at
          FROM division_outline
         WHERE superseded_at = 'infinity' AND valid_from <= $1 AND valid_to > $1 AND length(code) > 6) outlines
 ORDER BY code COLLATE "C"
