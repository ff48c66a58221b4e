-- The names of all divisions at $1: as drawn then, else as listed.
SELECT d.code, coalesce(o.name, d.name)
  FROM division d
  LEFT JOIN division_outline o ON o.code = d.code AND o.superseded_at = 'infinity' AND o.valid_from <= $1 AND o.valid_to > $1
 ORDER BY d.code COLLATE "C"
