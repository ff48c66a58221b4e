-- in: arrays, one element a new delivery. A second delivery of one dispatch is refused by the table, not ignored.
-- The arrays are unnested side by side in the select list: in FROM they would go through a tuple store.
INSERT INTO delivery (
       id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at, acknowledged_at, superseded_at,
       next_push_at, request_number, worker_id, service_code, held_at)
SELECT unnest($1::uuid[]), unnest($2::int2[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::int4[]),
       unnest($6::int2[]), unnest($7::int2[]), unnest($8::timestamptz[]), unnest($9::timestamptz[]),
       unnest($10::timestamptz[]), unnest($11::timestamptz[]), unnest($12::text[]), unnest($13::text[]),
       unnest($14::text[]), unnest($15::timestamptz[])
