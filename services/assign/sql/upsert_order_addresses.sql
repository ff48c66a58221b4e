-- What was found for addresses, or chosen. words only while no place is known. What was chosen stays when nothing is (source 0).
INSERT INTO order_address (order_id, request_id, source, place_id, words)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::text[])
ON CONFLICT (order_id) DO UPDATE
   SET due_at = NULL, words = excluded.words,
       source = CASE WHEN excluded.source = 0 THEN order_address.source ELSE excluded.source END,
       place_id = CASE WHEN excluded.source = 0 THEN order_address.place_id ELSE excluded.place_id END
