-- in: $1 order, $2 at most so many. out: everything sent for it, oldest first.
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at
  FROM delivery
 WHERE order_id = $1::uuid
 ORDER BY id
 LIMIT $2::int
