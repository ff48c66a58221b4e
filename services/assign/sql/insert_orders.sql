-- New orders as the batch leaves them; the columns of update_orders first.
INSERT INTO work_order (id, version, state, grid, grid_version, worker_id, dispatch_seq, queue_reason, retry_at, dispatched_at,
    signed_at, started_at, fed_back_at, updated_at, result, feedback_event, redo_count,
    grid_now, held, request_id, request_number, service_code, urgency, lat, long, accepted_at)
SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::smallint[]), unnest($4::text[]),
       unnest($5::bigint[]), unnest($6::text[]), unnest($7::integer[]), unnest($8::smallint[]),
       unnest($9::timestamptz[]), unnest($10::timestamptz[]), unnest($11::timestamptz[]), unnest($12::timestamptz[]),
       unnest($13::timestamptz[]), unnest($14::timestamptz[]), unnest($15::smallint[]), unnest($16::uuid[]),
       unnest($17::integer[]), unnest($18::text[]), unnest($19::boolean[]), unnest($20::uuid[]),
       unnest($21::text[]), unnest($22::text[]), unnest($23::smallint[]), unnest($24::float8[]),
       unnest($25::float8[]), unnest($26::timestamptz[])
