-- Workers to read anew: changed after version $1, or with a shift that begins in $3..$4 and so comes into view. With the last word of
-- each about himself, when it is younger than $2.
SELECT w.id, array_to_string(w.skills, ','), m.at, m.on_duty
  FROM worker w
  LEFT JOIN LATERAL (SELECT at, on_duty FROM duty_mark d WHERE d.worker_id = w.id AND d.at > $2 ORDER BY at DESC LIMIT 1) m ON true
 WHERE w.id IN (SELECT id FROM worker WHERE changed > $1
                UNION ALL
                SELECT worker_id FROM shift WHERE starts_at >= $3 AND starts_at < $4)
 ORDER BY w.id COLLATE "C"
