-- In: one array a column, one element a recipient that was read, unmarked or erased. Erased: key and place go, for good.
UPDATE key_recipient AS r
   SET version = n.version, unmarked_at = n.unmarked_at, wrapped_key = CASE WHEN NOT n.erased THEN r.wrapped_key END,
       lat = CASE WHEN NOT n.erased THEN r.lat END, long = CASE WHEN NOT n.erased THEN r.long END
  FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::bigint[]) AS version, unnest($3::timestamptz[]) AS unmarked_at,
               unnest($4::bool[]) AS erased)
       AS n
 WHERE r.id = n.id AND r.id = ANY ($1::uuid[])
