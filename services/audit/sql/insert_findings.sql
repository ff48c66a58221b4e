-- in: arrays, one element a finding.
INSERT INTO finding (kind, seq, request_id, aggregate_id, detail)
SELECT kind, seq, request_id, aggregate_id, detail
  FROM unnest($1::text[], $2::int8[], $3::uuid[], $4::uuid[], $5::text[])
       AS n (kind, seq, request_id, aggregate_id, detail)
