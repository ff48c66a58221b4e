-- Floor: stage "register" of one order's life, many orders in one commit.
-- Rows as the system writes them: intake service_request, outbox, idempotency; audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 number, $3 event_id, $4 event, $5 digest, $6 partition, $7 key, $8 reply, $9 lat, $10 long, $11
--     wrapped, $12 sealed, $13 now (arrays but for the last one).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::text[]) AS number, unnest($3::uuid[]) AS event_id,
           unnest($4::bytea[]) AS event, unnest($5::bytea[]) AS digest, unnest($6::int2[]) AS partition,
           unnest($7::bytea[]) AS key, unnest($8::bytea[]) AS reply, unnest($9::float8[]) AS lat,
           unnest($10::float8[]) AS long, unnest($11::bytea[]) AS wrapped, unnest($12::bytea[]) AS sealed),
request AS (
    INSERT INTO intake.service_request (id, version, registered_at, requested_at, updated_at, lat, long, state, channel,
            urgency, service_code, number, wrapped_key, sealed)
    SELECT n.id, 1, $13::timestamptz, $13::timestamptz, $13::timestamptz, n.lat, n.long, 1, 1, 1, 'road_damage',
           n.number, n.wrapped, n.sealed FROM n),
outbox AS (
    INSERT INTO intake.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $13::timestamptz FROM n),
answer AS (
    INSERT INTO intake.idempotency (key, payload_hash, reply) SELECT n.key, n.digest, n.reply FROM n)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), 1, 1, $13::timestamptz, $13::timestamptz, $13::timestamptz, n.event_id, n.id, n.id, 1, 0,
       1, 1, n.partition, 1, NULL,
       n.digest, n.event
  FROM n
