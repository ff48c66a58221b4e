-- The place that was found for an order.
UPDATE work_order o SET lat = n.lat, long = n.long
  FROM unnest($1::uuid[], $2::float8[], $3::float8[]) AS n(id, lat, long)
 WHERE o.id = n.id
