-- By id. $1 continue after, $2 grid ('': any), $3 only those who are ($4) or are not (not $4) among $5, $6 rows.
SELECT w.id, w.name, array_to_string(w.skills, ','), (SELECT count(*) FROM assignment a WHERE a.worker_id = w.id AND a.ended_at IS NULL)
  FROM worker w
 WHERE w.id > $1
   AND ($2 = '' OR w.id IN (SELECT worker_id FROM grid_worker WHERE grid = $2 AND valid_to = 'infinity'))
   AND (NOT $3 OR (w.id IN (SELECT unnest($5::text[]))) = $4)
 ORDER BY w.id
 LIMIT $6
