-- Candidates of orders that came with an address, in the place of those of before.
INSERT INTO order_candidate (order_id, rank, place_id, confidence)
SELECT n.order_id, n.rank, n.place_id, n.confidence
  FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::float8[]) AS n(order_id, rank, place_id, confidence)
ON CONFLICT (order_id, rank) DO UPDATE SET place_id = excluded.place_id, confidence = excluded.confidence
