-- In: human numbers. Out: the rows, locked.
SELECT id, number, version, state, channel, urgency, service_code, lat, long, requested_at, registered_at, accepted_at,
       closed_at, updated_at, requester_account, order_id, order_version, grid, worker_id, dispatch_seq, result,
       satisfaction, reject_reason, reopen_count, original_lat, original_long, original_system,
       wrapped_key, sealed
  FROM service_request WHERE number = ANY ($1::text[]) ORDER BY id FOR UPDATE
