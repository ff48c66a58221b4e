-- The shifts that touch $1..$2.
SELECT worker_id, starts_at, ends_at
  FROM shift
 WHERE ends_at > $1 AND starts_at < $2
 ORDER BY worker_id COLLATE "C", starts_at
