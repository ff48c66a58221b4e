-- The leaves of the workers of read_city_workers ($1, $3, $4 as there) that end after $2 and were not cancelled.
SELECT w.id, l.id, l.starts_at, l.ends_at
  FROM (SELECT id FROM worker WHERE changed > $1
        UNION
        SELECT worker_id FROM shift WHERE starts_at >= $3 AND starts_at < $4) w
 CROSS JOIN LATERAL (SELECT id, starts_at, ends_at
                       FROM leave
                      WHERE worker_id = w.id AND ends_at > $2 AND cancelled_at IS NULL
                     OFFSET 0) l
 ORDER BY w.id COLLATE "C", l.starts_at
