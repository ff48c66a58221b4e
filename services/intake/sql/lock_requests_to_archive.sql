-- In: closed before; at most so many. Out: rows for the archive, longest closed first, locked.
SELECT id, number, version, state, channel, urgency, service_code, lat, long, requested_at, registered_at, accepted_at,
       closed_at, updated_at, requester_account, order_id, order_version, grid, worker_id, dispatch_seq, result,
       satisfaction, reject_reason, reopen_count, original_lat, original_long, original_system,
       NULL::bytea, NULL::bytea
  FROM service_request WHERE ended = 11 AND closed_at < $1::timestamptz
 ORDER BY closed_at LIMIT $2::int FOR UPDATE
