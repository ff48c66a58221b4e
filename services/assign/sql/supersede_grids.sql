-- What was known of these grids from their new beginning on is no longer believed. $1 code, $2 new valid_from, $3 now.
UPDATE grid g
   SET superseded_at = $3
  FROM unnest($1::text[], $2::timestamptz[]) AS n(code, valid_from)
 WHERE g.code = n.code AND g.superseded_at = 'infinity' AND g.valid_to > n.valid_from
