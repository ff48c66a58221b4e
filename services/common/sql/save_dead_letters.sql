-- in: $1 sources, $2 reasons, $3 bodies.
INSERT INTO dead_letter (source, reason, body) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]);
