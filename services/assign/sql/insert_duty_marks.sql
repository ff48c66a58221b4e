-- $1 worker, $2 on duty, $3 now.
INSERT INTO duty_mark (worker_id, on_duty, at)
SELECT unnest($1::text[]), unnest($2::boolean[]), $3
