-- Assignments that begin in this batch (and end, if they do at once).
INSERT INTO assignment (order_id, dispatch_seq, worker_id, started_at, ended_at)
SELECT unnest($1::uuid[]), unnest($2::integer[]), unnest($3::text[]), unnest($4::timestamptz[]),
       unnest($5::timestamptz[])
