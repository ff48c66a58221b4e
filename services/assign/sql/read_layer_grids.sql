-- The grids of a layer valid at $2, as known now. $1 layer.
SELECT code, version, community, name, outline, households, replaces
  FROM grid
 WHERE layer = $1 AND superseded_at = 'infinity' AND valid_from <= $2 AND valid_to > $2
 ORDER BY code COLLATE "C"
