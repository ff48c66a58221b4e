-- in: arrays, one element a new delivery. A second delivery of one dispatch is refused by the table, not ignored.
INSERT INTO delivery (
       id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code)
SELECT id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code
  FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::uuid[], $5::int4[], $6::int2[], $7::int2[],
              $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[],
              $13::text[], $14::text[])
       AS n (id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at,
             superseded_at, next_push_at, request_number, worker_id, service_code)
