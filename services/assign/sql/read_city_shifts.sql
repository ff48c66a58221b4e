-- The shifts of the workers of read_city_workers (same $1..$4) as far as they are in view: those that end after $5, and for who said
-- something of himself those after his word, too.
SELECT s.worker_id, s.starts_at, s.ends_at
  FROM shift s
  LEFT JOIN LATERAL (SELECT at FROM duty_mark d WHERE d.worker_id = s.worker_id AND d.at > $2 ORDER BY at DESC LIMIT 1) m ON true
 WHERE s.ends_at > least($2, $5) AND s.ends_at > least(m.at, $5) AND s.starts_at < $4
   AND s.worker_id IN (SELECT id FROM worker WHERE changed > $1
                       UNION ALL
                       SELECT worker_id FROM shift WHERE starts_at >= $3 AND starts_at < $4)
 ORDER BY s.worker_id COLLATE "C", s.starts_at
