-- What a check read. replaces are the codes with commas between them. $1 change.
INSERT INTO grid_change_feature (change_id, idx, code, level, act, name, parent, households, replaces, outline, bounds, orders, recipients)
SELECT $1, n.idx, n.code, n.level, n.act, n.name, n.parent, n.households, string_to_array(n.replaces, ','), n.outline,
       box(point(n.west, n.south), point(n.east, n.north)), n.orders, n.recipients
  FROM unnest($2::integer[], $3::text[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::integer[], $9::text[],
              $10::bytea[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::integer[], $16::integer[])
       AS n(idx, code, level, act, name, parent, households, replaces, outline, west, south, east, north, orders, recipients)
