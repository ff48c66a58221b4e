-- In: one array a column, one element a changed request; $1 is the time of the batch. sealed is NULL where it stays.
UPDATE service_request AS r
   SET updated_at = $1::timestamptz, version = n.version, state = n.state, urgency = n.urgency,
       service_code = n.service_code, accepted_at = n.accepted_at, closed_at = n.closed_at, order_id = n.order_id,
       order_version = n.order_version, grid = n.grid, worker_id = n.worker_id, dispatch_seq = n.dispatch_seq,
       result = n.result, satisfaction = n.satisfaction, reject_reason = n.reject_reason,
       reopen_count = n.reopen_count, sealed = coalesce(n.sealed, r.sealed)
  FROM (SELECT unnest($2::uuid[]) AS id, unnest($3::bigint[]) AS version, unnest($4::smallint[]) AS state,
               unnest($5::smallint[]) AS urgency, unnest($6::text[]) AS service_code, unnest($7::timestamptz[]) AS accepted_at,
               unnest($8::timestamptz[]) AS closed_at, unnest($9::uuid[]) AS order_id, unnest($10::bigint[]) AS order_version,
               unnest($11::text[]) AS grid, unnest($12::text[]) AS worker_id, unnest($13::int[]) AS dispatch_seq,
               unnest($14::smallint[]) AS result, unnest($15::smallint[]) AS satisfaction, unnest($16::smallint[]) AS reject_reason,
               unnest($17::int[]) AS reopen_count, unnest($18::bytea[]) AS sealed)
       AS n
 WHERE r.id = n.id AND r.id = ANY ($2::uuid[])
