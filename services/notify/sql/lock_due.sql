-- in: $1 now, $2 at most so many. out: the deliveries whose next push is due, the most overdue first, locked.
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at
  FROM delivery
 WHERE next_push_at <= $1::timestamptz
 ORDER BY next_push_at
 LIMIT $2::int
   FOR UPDATE
