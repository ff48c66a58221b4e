-- in: $1 keys, $2 payload hashes, $3 replies.
INSERT INTO idempotency (key, payload_hash, reply) SELECT unnest($1::bytea[]), unnest($2::bytea[]), unnest($3::bytea[]);
