-- In: one array a column, one element a new request; $1 is the time of the batch.
INSERT INTO service_request (registered_at, updated_at, id, number, version, state, channel, urgency, service_code, lat, long,
       requested_at, accepted_at, closed_at, requester_account, result, reject_reason, wrapped_key, sealed)
SELECT $1::timestamptz, $1::timestamptz, n.*
  FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::smallint[], $6::smallint[], $7::smallint[], $8::text[],
              $9::float8[], $10::float8[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::text[],
              $15::smallint[], $16::smallint[], $17::bytea[], $18::bytea[]) AS n
