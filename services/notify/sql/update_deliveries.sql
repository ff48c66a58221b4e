-- in: arrays id, acknowledged_at, superseded_at, attempts, next_push_at, held_at; one element a delivery that changed.
-- ANY keeps the plan on the index, however small the table was when it was planned.
UPDATE delivery d
   SET acknowledged_at = n.acknowledged_at,
       superseded_at = n.superseded_at,
       attempts = n.attempts,
       next_push_at = n.next_push_at,
       held_at = n.held_at
  FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::timestamptz[]) AS acknowledged_at,
               unnest($3::timestamptz[]) AS superseded_at, unnest($4::int2[]) AS attempts,
               unnest($5::timestamptz[]) AS next_push_at, unnest($6::timestamptz[]) AS held_at) n
 WHERE d.id = n.id
   AND d.id = ANY($1::uuid[])
