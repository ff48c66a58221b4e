-- in: arrays id, acknowledged_at, superseded_at, attempts, next_push_at; one element a delivery that changed.
-- ANY keeps the plan on the index, however small the table was when it was planned.
UPDATE delivery d
   SET acknowledged_at = n.acknowledged_at,
       superseded_at = n.superseded_at,
       attempts = n.attempts,
       next_push_at = n.next_push_at
  FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int2[], $5::timestamptz[])
       AS n (id, acknowledged_at, superseded_at, attempts, next_push_at)
 WHERE d.id = n.id
   AND d.id = ANY($1::uuid[])
