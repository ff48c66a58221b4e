-- A row that began at this very instant is somebody else's after all. $1 grid, $2 since, $3 worker, $4 accountability, $5 version.
UPDATE accountable a
   SET worker_id = n.worker_id, accountability = n.accountability, changed = $5
  FROM (SELECT unnest($1::text[]) AS grid, unnest($2::timestamptz[]) AS since, unnest($3::text[]) AS worker_id,
               unnest($4::smallint[]) AS accountability) n
 WHERE a.grid = n.grid AND a.since = n.since AND a.until = 'infinity'
