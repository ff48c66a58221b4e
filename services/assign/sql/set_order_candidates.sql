-- How many candidates these orders have.
UPDATE order_address a SET candidates = n.candidates
  FROM unnest($1::uuid[], $2::smallint[]) AS n(order_id, candidates)
 WHERE a.order_id = n.order_id
