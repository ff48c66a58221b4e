-- in: $1 size of the log before, $2 received at, then arrays, one element an event, in the order of the log.
-- The arrays are unnested side by side in the select list: in FROM they would go through a tuple store, at twice the cost.
INSERT INTO trace_event (
       seq, received_at, event_id, request_id, aggregate_id, aggregate_version, type, from_state, to_state,
       occurred_at, recorded_at, actor_role, actor_id, worker_id, producer, partition, producer_seq, digest, event)
SELECT generate_series($1::bigint + 1, $1::bigint + cardinality($3)), $2::timestamptz,
       unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::int8[]), unnest($7::int4[]),
       unnest($8::int4[]), unnest($9::int4[]), unnest($10::timestamptz[]), unnest($11::timestamptz[]),
       unnest($12::int2[]), unnest($13::text[]), unnest($14::text[]), unnest($15::int2[]), unnest($16::int2[]),
       unnest($17::int8[]), unnest($18::bytea[]), unnest($19::bytea[])
