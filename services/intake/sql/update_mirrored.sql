-- In: one array a column, one element a request of which only the order changed; $1 is the time of the batch.
UPDATE service_request AS r
   SET updated_at = $1::timestamptz, state = n.state, order_id = n.order_id, order_version = n.order_version,
       grid = n.grid, worker_id = n.worker_id, dispatch_seq = n.dispatch_seq, result = n.result
  FROM unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::int[], $9::smallint[])
       AS n (id, state, order_id, order_version, grid, worker_id, dispatch_seq, result)
 WHERE r.id = n.id
