-- The grids valid at $1, as known now.
SELECT code, version, layer, community, name, outline
  FROM grid
 WHERE superseded_at = 'infinity' AND valid_from <= $1 AND valid_to > $1
 ORDER BY code COLLATE "C"
