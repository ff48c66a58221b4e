-- New versions of grids. $8 now.
INSERT INTO grid (code, version, layer, community, name, outline, valid_from, recorded_at)
SELECT n.*, $8
  FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[]) AS n
