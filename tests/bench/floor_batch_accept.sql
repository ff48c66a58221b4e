-- Floor: stage "accept" of one order's life, many orders in one commit.
-- Rows as the system writes them: intake service_request changed, outbox, idempotency; audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 event_id, $3 event, $4 digest, $5 partition, $6 key, $7 reply, $8 now (arrays but for the last one).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS event_id, unnest($3::bytea[]) AS event,
           unnest($4::bytea[]) AS digest, unnest($5::int2[]) AS partition, unnest($6::bytea[]) AS key,
           unnest($7::bytea[]) AS reply),
request AS (
    UPDATE intake.service_request r SET version = 2, state = 3, accepted_at = $8::timestamptz,
           updated_at = $8::timestamptz FROM n WHERE r.id = n.id),
outbox AS (
    INSERT INTO intake.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $8::timestamptz FROM n),
answer AS (
    INSERT INTO intake.idempotency (key, payload_hash, reply) SELECT n.key, n.digest, n.reply FROM n)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), 2, 1, $8::timestamptz, $8::timestamptz, $8::timestamptz, n.event_id, n.id, n.id, 2, 1,
       3, 1, n.partition, 1, NULL,
       n.digest, n.event
  FROM n
