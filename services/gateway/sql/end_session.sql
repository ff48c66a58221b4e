-- in: hash of a token; out: nothing
UPDATE session SET revoked_at = clock_timestamp() WHERE token_hash = $1::bytea AND revoked_at IS NULL;
