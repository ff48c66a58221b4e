-- In: one array a column, one element a new recipient; $1 is the time of the batch.
INSERT INTO key_recipient (marked_at, id, version, category, lat, long, grid, wrapped_key, sealed)
SELECT $1::timestamptz, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::smallint[]), unnest($5::float8[]), unnest($6::float8[]),
       unnest($7::text[]), unnest($8::bytea[]), unnest($9::bytea[])
