-- In: ids; ids of them whose sealed part is needed too (commands; events of assign do without).
-- Out: the rows, locked in order of their ids. Columns as in shell/intake_rows.c, the same in all lock_ and read_ statements.
SELECT id, number, version, state, channel, urgency, service_code, lat, long, requested_at, registered_at, accepted_at,
       closed_at, updated_at, requester_account, order_id, order_version, grid, worker_id, dispatch_seq, result,
       satisfaction, reject_reason, reopen_count,
       CASE WHEN id = ANY ($2::uuid[]) THEN wrapped_key END, CASE WHEN id = ANY ($2::uuid[]) THEN sealed END
  FROM service_request WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
