-- The shifts of a worker that have not ended at $2; at most $3.
SELECT starts_at, ends_at FROM shift WHERE worker_id = $1 AND ends_at > $2 ORDER BY starts_at LIMIT $3
