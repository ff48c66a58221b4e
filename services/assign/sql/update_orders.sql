-- Orders of the database as the batch leaves them. version guards against a writer that did not hold the lock.
UPDATE work_order o
   SET version = n.version, state = n.state, grid = n.grid, grid_version = n.grid_version, worker_id = n.worker_id,
       dispatch_seq = n.dispatch_seq, queue_reason = n.queue_reason, retry_at = n.retry_at, dispatched_at = n.dispatched_at,
       signed_at = n.signed_at, started_at = n.started_at, fed_back_at = n.fed_back_at, updated_at = n.updated_at, result = n.result,
       feedback_event = n.feedback_event, redo_count = n.redo_count
  FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::integer[], $8::smallint[],
           $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
           $15::smallint[], $16::uuid[], $17::integer[])
       AS n(id, version, state, grid, grid_version, worker_id, dispatch_seq, queue_reason, retry_at, dispatched_at, signed_at, started_at,
            fed_back_at, updated_at, result, feedback_event, redo_count)
 WHERE o.id = n.id AND o.version <= n.version
