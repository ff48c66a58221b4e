-- Orders of the database as the batch leaves them. version guards against a writer that did not hold the lock.
UPDATE work_order o
   SET version = n.version, state = n.state, grid = n.grid, grid_version = n.grid_version, worker_id = n.worker_id,
       dispatch_seq = n.dispatch_seq, queue_reason = n.queue_reason, retry_at = n.retry_at, dispatched_at = n.dispatched_at,
       signed_at = n.signed_at, started_at = n.started_at, fed_back_at = n.fed_back_at, updated_at = n.updated_at, result = n.result,
       feedback_event = n.feedback_event, redo_count = n.redo_count, grid_now = n.grid_now, held = n.held
  FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::bigint[]) AS version, unnest($3::smallint[]) AS state,
               unnest($4::text[]) AS grid, unnest($5::bigint[]) AS grid_version, unnest($6::text[]) AS worker_id,
               unnest($7::integer[]) AS dispatch_seq, unnest($8::smallint[]) AS queue_reason, unnest($9::timestamptz[]) AS retry_at,
               unnest($10::timestamptz[]) AS dispatched_at, unnest($11::timestamptz[]) AS signed_at, unnest($12::timestamptz[]) AS started_at,
               unnest($13::timestamptz[]) AS fed_back_at, unnest($14::timestamptz[]) AS updated_at, unnest($15::smallint[]) AS result,
               unnest($16::uuid[]) AS feedback_event, unnest($17::integer[]) AS redo_count,
               unnest($18::text[]) AS grid_now, unnest($19::boolean[]) AS held)
       AS n
 WHERE o.id = n.id AND o.id = ANY ($1::uuid[]) AND o.version <= n.version
