-- Whose time ends. $1 grid, $2 since, $3 until.
UPDATE accountable a
   SET until = n.until
  FROM (SELECT unnest($1::text[]) AS grid, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until) n
 WHERE a.grid = n.grid AND a.since = n.since AND a.until = 'infinity'
