-- What a check found. $1 change.
INSERT INTO grid_change_fault (change_id, idx, feature, code, other, kind, detail, lat, long, area_m2, outline)
SELECT $1, n.*
  FROM unnest($2::integer[], $3::integer[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::float8[], $9::float8[],
              $10::float8[], $11::bytea[]) AS n
