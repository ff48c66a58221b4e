-- Candidates of orders, instead of those of before. A place that is not there any more is left out.
WITH gone AS (DELETE FROM order_candidate WHERE order_id = ANY ($1::uuid[]) AND NOT EXISTS (
    SELECT FROM unnest($2::uuid[], $3::smallint[]) AS n(order_id, rank)
     WHERE n.order_id = order_candidate.order_id AND n.rank = order_candidate.rank))
INSERT INTO order_candidate (order_id, rank, place_id, confidence)
SELECT n.order_id, n.rank, n.place_id, n.confidence
  FROM unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::float8[]) AS n(order_id, rank, place_id, confidence)
  JOIN place p ON p.id = n.place_id
  JOIN order_address a ON a.order_id = n.order_id
ON CONFLICT (order_id, rank) DO UPDATE SET place_id = excluded.place_id, confidence = excluded.confidence
