-- in: username; out: id, password_hash, role, worker_id of the account
SELECT id, password_hash, role, worker_id FROM account WHERE username = $1::text;
