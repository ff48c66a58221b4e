-- What became of these grids: the change that last wrote them, and the grids that took their place and are valid at $2. A row a
-- successor, or one without any.
SELECT n.code,
       coalesce((SELECT g.grid_change FROM grid g WHERE g.code = n.code AND g.superseded_at = 'infinity'
                  ORDER BY g.recorded_at DESC, g.valid_from DESC LIMIT 1), s.grid_change)::text,
       s.code
  FROM unnest($1::text[]) AS n(code)
  LEFT JOIN grid s ON s.replaces @> ARRAY[n.code] AND s.replaces <> '{}' AND s.superseded_at = 'infinity' AND s.valid_from <= $2
                  AND s.valid_to > $2
 ORDER BY n.code, s.code
