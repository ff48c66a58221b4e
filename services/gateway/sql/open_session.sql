-- in: hash of the token, account, end; out: nothing
INSERT INTO session (token_hash, account_id, expires_at) VALUES ($1::bytea, $2::uuid, $3::timestamptz);
