-- Whose time begins. $1 grid, $2 since, $3 until (NULL: open), $4 worker, $5 accountability, $6 version of the people.
INSERT INTO accountable (grid, since, until, worker_id, accountability, changed)
SELECT grid, since, coalesce(until, 'infinity'), worker_id, accountability, $6
  FROM (SELECT unnest($1::text[]) AS grid, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until,
               unnest($4::text[]) AS worker_id, unnest($5::smallint[]) AS accountability) n
