-- worker, from, to; the last of several rows with one beginning counts.
INSERT INTO shift (worker_id, starts_at, ends_at)
SELECT DISTINCT ON (worker_id, starts_at) worker_id, starts_at, ends_at
  FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS n(worker_id, starts_at, ends_at, place)
 ORDER BY worker_id, starts_at, place DESC
ON CONFLICT (worker_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at
 WHERE shift.ends_at <> excluded.ends_at
