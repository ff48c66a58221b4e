-- Assignments of the database that end in this batch; before new ones begin, for at most one of an order is live.
UPDATE assignment a
   SET ended_at = n.ended_at
  FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) AS n(order_id, dispatch_seq, ended_at)
 WHERE a.order_id = n.order_id AND a.dispatch_seq = n.dispatch_seq AND a.ended_at IS NULL
