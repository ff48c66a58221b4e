-- $1 id, $2 worker, $3 from, $4 to, $5 kind, $6 now.
INSERT INTO leave (id, worker_id, starts_at, ends_at, kind, recorded_at)
SELECT unnest($1::uuid[]), unnest($2::text[]), unnest($3::timestamptz[]), unnest($4::timestamptz[]), unnest($5::smallint[]), $6
