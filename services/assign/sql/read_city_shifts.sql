-- The shifts of the workers of read_city_workers (same $1..$4) as far as they are in view: those that end after $5, and for who said
-- something of himself those after his word, too. Worker by worker (OFFSET 0), for most often there is only one.
SELECT w.id, s.starts_at, s.ends_at
  FROM (SELECT id FROM worker WHERE changed > $1
        UNION
        SELECT worker_id FROM shift WHERE starts_at >= $3 AND starts_at < $4) w
  LEFT JOIN LATERAL (SELECT at FROM duty_mark d WHERE d.worker_id = w.id AND d.at > $2 ORDER BY at DESC LIMIT 1) m ON true
 CROSS JOIN LATERAL (SELECT starts_at, ends_at
                       FROM shift
                      WHERE worker_id = w.id AND ends_at > least(m.at, $5) AND starts_at < $4
                     OFFSET 0) s
 ORDER BY w.id COLLATE "C", s.starts_at
