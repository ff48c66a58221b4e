-- Assignments that begin in this batch (and end, if they do at once).
INSERT INTO assignment (order_id, dispatch_seq, worker_id, started_at, ended_at)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::timestamptz[])
