-- What was superseded just now and had begun before is recorded anew with its end. $1 code, $2 new valid_from, $3 now.
INSERT INTO grid (code, version, layer, community, name, outline, bounds, households, replaces, grid_change, valid_from, valid_to, recorded_at)
SELECT g.code, g.version, g.layer, g.community, g.name, g.outline, g.bounds, g.households, g.replaces, g.grid_change, g.valid_from,
       n.valid_from, $3
  FROM unnest($1::text[], $2::timestamptz[]) AS n(code, valid_from)
  JOIN grid g ON g.code = n.code AND g.superseded_at = $3 AND g.recorded_at < $3 AND g.valid_from < n.valid_from
