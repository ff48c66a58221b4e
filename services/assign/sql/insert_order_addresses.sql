-- Orders that came with an address only: to be looked up from $3 on.
INSERT INTO order_address (order_id, request_id, due_at)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), $3::timestamptz
