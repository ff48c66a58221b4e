-- How the order's place was found, and the candidates for its address.
SELECT a.source, a.place_id, p.id, p.kind, p.name, p.division, p.lat, p.long, p.road, p.number_from, p.number_to, p.parity,
       c.confidence::float8
  FROM order_address a LEFT JOIN order_candidate c ON c.order_id = a.order_id AND c.rank <= a.candidates
       LEFT JOIN place p ON p.id = c.place_id
 WHERE a.order_id = $1
 ORDER BY c.rank
