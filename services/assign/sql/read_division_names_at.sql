-- The names of the divisions $3 at $1, as known at $2: as drawn then, else as listed now.
SELECT d.code, coalesce(o.name, d.name)
  FROM division d
  LEFT JOIN division_outline o ON o.code = d.code AND o.valid_from <= $1 AND o.valid_to > $1
                              AND o.recorded_at <= $2 AND o.superseded_at > $2
 WHERE d.code = ANY ($3)
