-- Who was accountable for a grid ($1) in $2..$3, oldest first. $4 rows.
SELECT since, nullif(until, 'infinity'), worker_id, accountability
  FROM accountable
 WHERE grid = $1 AND since < $3 AND until > $2
 ORDER BY since
 LIMIT $4
