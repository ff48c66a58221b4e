-- Answers given before. in: $1 keys.
SELECT key, payload_hash, reply FROM idempotency WHERE key = ANY ($1::bytea[]);
