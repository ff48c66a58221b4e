-- Floor: stage "visit" of one order's life, many orders in one commit.
-- Rows as the system writes them: intake service_request changed, outbox, idempotency; assign work_order and
--     assignment
-- changed; audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 order_id, $3 event_id, $4 event, $5 digest, $6 partition, $7 key, $8 reply, $9 now (arrays but for
--     the last one).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS order_id, unnest($3::uuid[]) AS event_id,
           unnest($4::bytea[]) AS event, unnest($5::bytea[]) AS digest, unnest($6::int2[]) AS partition,
           unnest($7::bytea[]) AS key, unnest($8::bytea[]) AS reply),
request AS (
    UPDATE intake.service_request r SET version = 3, state = 11, closed_at = $9::timestamptz, satisfaction = 1,
           result = 1, updated_at = $9::timestamptz
       FROM n WHERE r.id = n.id),
outbox AS (
    INSERT INTO intake.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $9::timestamptz FROM n),
answer AS (
    INSERT INTO intake.idempotency (key, payload_hash, reply) SELECT n.key, n.digest, n.reply FROM n),
work_order AS (
    UPDATE assign.work_order w SET state = 11, updated_at = $9::timestamptz FROM n WHERE w.id = n.order_id),
assignment AS (
    UPDATE assign.assignment a SET ended_at = $9::timestamptz FROM n WHERE a.order_id = n.order_id AND a.dispatch_seq
           = 1)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), 3, 1, $9::timestamptz, $9::timestamptz, $9::timestamptz, n.event_id, n.id, n.id, 13, 10,
       11, 1, n.partition, 1, NULL,
       n.digest, n.event
  FROM n
