-- New versions of grids. A grid keeps its households. $8..$11 bounds (west, south, east, north), $12 now.
INSERT INTO grid (code, version, layer, community, name, outline, valid_from, bounds, households, recorded_at)
SELECT n.code, n.version, n.layer, n.community, n.name, n.outline, n.valid_from, box(point(n.west, n.south), point(n.east, n.north)),
       coalesce((SELECT g.households FROM grid g WHERE g.code = n.code ORDER BY g.version DESC, g.recorded_at DESC LIMIT 1), 0), $12
  FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[], $8::float8[],
              $9::float8[], $10::float8[], $11::float8[])
       AS n(code, version, layer, community, name, outline, valid_from, west, south, east, north)
