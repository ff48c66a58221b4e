-- These leaves, to be cancelled.
SELECT id, worker_id, starts_at, ends_at, kind, cancelled_at FROM leave WHERE id = ANY($1)
