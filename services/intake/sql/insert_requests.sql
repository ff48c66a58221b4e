-- In: one array a column, one element a new request; $1 is the time of the batch.
INSERT INTO service_request (registered_at, updated_at, id, number, version, state, channel, urgency, service_code, lat, long,
       requested_at, accepted_at, closed_at, requester_account, result, reject_reason, wrapped_key, sealed,
       original_lat, original_long, original_system)
SELECT $1::timestamptz, $1::timestamptz, unnest($2::uuid[]), unnest($3::text[]), unnest($4::bigint[]),
       unnest($5::smallint[]), unnest($6::smallint[]), unnest($7::smallint[]), unnest($8::text[]),
       unnest($9::float8[]), unnest($10::float8[]), unnest($11::timestamptz[]), unnest($12::timestamptz[]),
       unnest($13::timestamptz[]), unnest($14::text[]), unnest($15::smallint[]), unnest($16::smallint[]),
       unnest($17::bytea[]), unnest($18::bytea[]), unnest($19::float8[]), unnest($20::float8[]),
       unnest($21::smallint[])
