-- in: $1 orders (uuid[]). out: all their deliveries, locked; a new dispatch supersedes the open ones.
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at
  FROM delivery
 WHERE order_id = ANY($1::uuid[])
 ORDER BY id
   FOR UPDATE
