-- Floor: stage "delivered" of one order's life, many orders in one commit.
-- Rows as the system writes them: notify delivery changed, outbox; audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 delivery_id, $3 event_id, $4 event, $5 digest, $6 partition, $7 worker, $8 now (arrays but for the
--     last one).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS delivery_id, unnest($3::uuid[]) AS event_id,
           unnest($4::bytea[]) AS event, unnest($5::bytea[]) AS digest, unnest($6::int2[]) AS partition,
           unnest($7::text[]) AS worker),
delivery AS (
    UPDATE notify.delivery d SET acknowledged_at = $8::timestamptz,
           next_push_at = NULL FROM n WHERE d.id = n.delivery_id),
outbox AS (
    INSERT INTO notify.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $8::timestamptz FROM n)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), 1, 1, $8::timestamptz, $8::timestamptz, $8::timestamptz, n.event_id, n.id, n.delivery_id,
       7, 4, 4, 3, n.partition, 1, n.worker,
       n.digest, n.event
  FROM n
