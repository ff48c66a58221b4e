-- in: arrays of id (used for new accounts), username, password_hash (NULL: none), role, worker_id (NULL: none); usernames differ
-- out: the hashes of the sessions that end because their account now means something else
-- One statement, so that no session of the old role survives the change.
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[])
                  AS t (id, username, password_hash, role, worker_id)
), before AS (
    SELECT a.id, a.password_hash, a.role, a.worker_id FROM account a JOIN given USING (username)
), put AS (
    INSERT INTO account AS a (id, username, password_hash, role, worker_id)
    SELECT id, username, password_hash, role, worker_id FROM given ORDER BY username
    ON CONFLICT (username) DO UPDATE
       SET password_hash = excluded.password_hash, role = excluded.role, worker_id = excluded.worker_id,
           changed_at = clock_timestamp()
     WHERE (a.password_hash, a.role, a.worker_id)
           IS DISTINCT FROM (excluded.password_hash, excluded.role, excluded.worker_id)
    RETURNING a.id, a.password_hash, a.role, a.worker_id
)
UPDATE session s SET revoked_at = clock_timestamp()
  FROM put JOIN before USING (id)
 WHERE s.account_id = put.id AND s.revoked_at IS NULL
   AND (put.password_hash, put.role, put.worker_id) IS DISTINCT FROM (before.password_hash, before.role, before.worker_id)
RETURNING s.token_hash;
