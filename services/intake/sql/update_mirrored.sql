-- In: one array a column, one element a request of which only the order changed; $1 is the time of the batch.
UPDATE service_request AS r
   SET updated_at = $1::timestamptz, state = n.state, order_id = n.order_id, order_version = n.order_version,
       grid = n.grid, worker_id = n.worker_id, dispatch_seq = n.dispatch_seq, result = n.result
  FROM (SELECT unnest($2::uuid[]) AS id, unnest($3::smallint[]) AS state, unnest($4::uuid[]) AS order_id,
               unnest($5::bigint[]) AS order_version, unnest($6::text[]) AS grid, unnest($7::text[]) AS worker_id,
               unnest($8::int[]) AS dispatch_seq, unnest($9::smallint[]) AS result)
       AS n
 WHERE r.id = n.id AND r.id = ANY ($2::uuid[])
