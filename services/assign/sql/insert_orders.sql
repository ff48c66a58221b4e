-- New orders as the batch leaves them; the columns of update_orders first.
INSERT INTO work_order (id, version, state, grid, grid_version, worker_id, dispatch_seq, queue_reason, retry_at, dispatched_at,
    signed_at, started_at, fed_back_at, updated_at, result, feedback_event, redo_count,
    request_id, request_number, service_code, urgency, lat, long, accepted_at)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::integer[], $8::smallint[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
    $15::smallint[], $16::uuid[], $17::integer[],
    $18::uuid[], $19::text[], $20::text[], $21::smallint[], $22::float8[], $23::float8[], $24::timestamptz[])
