-- Parts of features as they were sent.
INSERT INTO grid_change_part (change_id, part, geojson)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bytea[])
