-- In: one array a column, one element a changed request; $1 is the time of the batch. sealed is NULL where it stays.
UPDATE service_request AS r
   SET updated_at = $1::timestamptz, version = n.version, state = n.state, urgency = n.urgency,
       service_code = n.service_code, accepted_at = n.accepted_at, closed_at = n.closed_at, order_id = n.order_id,
       order_version = n.order_version, grid = n.grid, worker_id = n.worker_id, dispatch_seq = n.dispatch_seq,
       result = n.result, satisfaction = n.satisfaction, reject_reason = n.reject_reason,
       reopen_count = n.reopen_count, sealed = coalesce(n.sealed, r.sealed)
  FROM unnest($2::uuid[], $3::bigint[], $4::smallint[], $5::smallint[], $6::text[], $7::timestamptz[],
              $8::timestamptz[], $9::uuid[], $10::bigint[], $11::text[], $12::text[], $13::int[], $14::smallint[],
              $15::smallint[], $16::smallint[], $17::int[], $18::bytea[])
       AS n (id, version, state, urgency, service_code, accepted_at, closed_at, order_id, order_version, grid,
             worker_id, dispatch_seq, result, satisfaction, reject_reason, reopen_count, sealed)
 WHERE r.id = n.id
