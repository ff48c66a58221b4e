-- in: $1 keys, $2 payload hashes, $3 replies.
INSERT INTO idempotency (key, payload_hash, reply) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]);
