-- The newest requests; walks the primary key.
-- In: ids before (the cursor), ids from; registered from, to; limit; state or 0; grid or NULL; worker or NULL.
SELECT id, number, version, state, channel, urgency, service_code, lat, long, requested_at, registered_at, accepted_at,
       closed_at, updated_at, requester_account, order_id, order_version, grid, worker_id, dispatch_seq, result,
       satisfaction, reject_reason, reopen_count, original_lat, original_long, original_system,
       wrapped_key, sealed
  FROM service_request
 WHERE id < $1::uuid AND id >= $2::uuid AND registered_at >= $3::timestamptz AND registered_at < $4::timestamptz
   AND ($6::smallint = 0 OR state = $6::smallint) AND ($7::text IS NULL OR grid = $7::text) AND ($8::text IS NULL OR worker_id = $8::text)
 ORDER BY id DESC LIMIT $5::int
