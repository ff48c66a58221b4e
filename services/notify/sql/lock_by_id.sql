-- in: $1 deliveries (uuid[]). out: those that exist, locked; they are about to be acknowledged.
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at
  FROM delivery
 WHERE id = ANY($1::uuid[])
 ORDER BY id
   FOR UPDATE
