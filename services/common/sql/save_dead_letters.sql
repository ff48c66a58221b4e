-- in: $1 sources, $2 reasons, $3 bodies.
INSERT INTO dead_letter (source, reason, body) SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::bytea[]);
