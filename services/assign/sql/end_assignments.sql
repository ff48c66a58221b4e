-- Assignments of the database that end in this batch; before new ones begin, for at most one of an order is live.
UPDATE assignment a
   SET ended_at = n.ended_at
  FROM (SELECT unnest($1::uuid[]) AS order_id, unnest($2::integer[]) AS dispatch_seq, unnest($3::timestamptz[]) AS ended_at)
       AS n
 WHERE a.order_id = n.order_id AND a.order_id = ANY ($1::uuid[]) AND a.dispatch_seq = n.dispatch_seq AND a.ended_at IS NULL
