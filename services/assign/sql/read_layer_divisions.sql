-- The outlines of divisions valid at $1, as known now.
SELECT code, version, left(code, length(code) - 3), name, outline, households, '{}'::text[]
  FROM division_outline
 WHERE superseded_at = 'infinity' AND valid_from <= $1 AND valid_to > $1
 ORDER BY code COLLATE "C"
