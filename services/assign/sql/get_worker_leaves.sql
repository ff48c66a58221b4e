-- The leaves of a worker that have not ended at $2; at most $3.
SELECT id, starts_at, ends_at, kind, cancelled_at
  FROM leave WHERE worker_id = $1 AND ends_at > $2 AND cancelled_at IS NULL ORDER BY starts_at LIMIT $3
