-- in: hash of a token; out: whose it is and until when, nothing when it has ended
SELECT a.id, a.role, a.worker_id, s.expires_at
  FROM session s JOIN account a ON a.id = s.account_id
 WHERE s.token_hash = $1::bytea AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp();
