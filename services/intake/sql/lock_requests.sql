-- In: ids; for each, whether its sealed part is needed too (commands; events of assign do without). An id may come twice.
-- Out: the rows, locked. The order of the locks does not matter: the engine's lock on producer_position lets one writer in at a time.
-- Columns as in shell/intake_held.c, the same in all lock_, read_ and list_ statements.
SELECT r.id, number, version, state, channel, urgency, service_code, lat, long, requested_at, registered_at, accepted_at,
       closed_at, updated_at, requester_account, order_id, order_version, grid, worker_id, dispatch_seq, result,
       satisfaction, reject_reason, reopen_count, original_lat, original_long, original_system,
       CASE WHEN n.sealed_too THEN wrapped_key END, CASE WHEN n.sealed_too THEN sealed END
  FROM unnest($1::uuid[], $2::bool[]) AS n (id, sealed_too) JOIN service_request r ON r.id = n.id FOR UPDATE OF r
