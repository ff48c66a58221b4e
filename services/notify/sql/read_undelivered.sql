-- in: $1 worker, $2 after this id (zeros: from the start), $3 at most so many.
-- out: what he has not acknowledged and is not held, oldest first.
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at
  FROM delivery
 WHERE worker_id = $1::text
   AND acknowledged_at IS NULL
   AND superseded_at IS NULL
   AND held_at IS NULL
   AND id > $2::uuid
 ORDER BY id
 LIMIT $3::int
