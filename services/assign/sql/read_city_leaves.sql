-- The leaves of the workers of read_city_workers ($1, $2 as its $1; $3, $4) that end after $2 and were not cancelled.
SELECT l.worker_id, l.id, l.starts_at, l.ends_at
  FROM leave l
 WHERE l.ends_at > $2 AND l.cancelled_at IS NULL
   AND l.worker_id IN (SELECT id FROM worker WHERE changed > $1
                       UNION ALL
                       SELECT worker_id FROM shift WHERE starts_at >= $3 AND starts_at < $4)
 ORDER BY l.worker_id COLLATE "C", l.starts_at
