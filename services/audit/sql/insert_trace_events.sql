-- in: $1 size of the log before, $2 received at, then arrays, one element an event, in the order of the log.
INSERT INTO trace_event (
       seq, received_at, event_id, request_id, aggregate_id, aggregate_version, type, from_state, to_state,
       occurred_at, recorded_at, actor_role, actor_id, worker_id, producer, partition, producer_seq, digest, event)
SELECT $1::bigint + n.i, $2::timestamptz, n.event_id, n.request_id, n.aggregate_id, n.aggregate_version, n.type,
       n.from_state, n.to_state, n.occurred_at, n.recorded_at, n.actor_role, n.actor_id, n.worker_id, n.producer,
       n.partition, n.producer_seq, n.digest, n.event
  FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int8[], $7::int4[], $8::int4[], $9::int4[],
              $10::timestamptz[], $11::timestamptz[], $12::int2[], $13::text[], $14::text[], $15::int2[],
              $16::int2[], $17::int8[], $18::bytea[], $19::bytea[])
       WITH ORDINALITY
       AS n (event_id, request_id, aggregate_id, aggregate_version, type, from_state, to_state, occurred_at,
             recorded_at, actor_role, actor_id, worker_id, producer, partition, producer_seq, digest, event, i)
