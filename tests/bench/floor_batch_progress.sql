-- Floor: stage "progress" of one order's life, many orders in one commit.
-- That is sign, start, feed_back and review_pass: four stages, four commits.
-- Rows as the system writes them: assign work_order changed, outbox, idempotency, event_text with feed_back; intake
-- service_request changed; audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 order_id, $3 event_id, $4 event, $5 digest, $6 partition, $7 key, $8 reply, $9 worker, $10 now, $11
--     state, $12 state before, $13 type of the event, $14 version (arrays but for the last five).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS order_id, unnest($3::uuid[]) AS event_id,
           unnest($4::bytea[]) AS event, unnest($5::bytea[]) AS digest, unnest($6::int2[]) AS partition,
           unnest($7::bytea[]) AS key, unnest($8::bytea[]) AS reply, unnest($9::text[]) AS worker),
work_order AS (
    UPDATE assign.work_order w SET version = $14::int8, state = $11::int2, updated_at = $10::timestamptz,
            signed_at = CASE WHEN $11::int2 = 5 THEN $10::timestamptz ELSE w.signed_at END,
            started_at = CASE WHEN $11::int2 = 6 THEN $10::timestamptz ELSE w.started_at END,
            fed_back_at = CASE WHEN $11::int2 = 8 THEN $10::timestamptz ELSE w.fed_back_at END,
            result = CASE WHEN $11::int2 = 8 THEN 1 ELSE w.result END,
            feedback_event = CASE WHEN $11::int2 = 8 THEN n.event_id ELSE w.feedback_event END
       FROM n WHERE w.id = n.order_id),
words AS (
    INSERT INTO assign.event_text (event_id, request_id, salt, text)
    SELECT n.event_id, n.id, n.digest, 'Handled on site.' FROM n WHERE $11::int2 = 8),
outbox AS (
    INSERT INTO assign.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $10::timestamptz FROM n),
answer AS (
    INSERT INTO assign.idempotency (key, payload_hash, reply) SELECT n.key, n.digest, n.reply FROM n),
request AS (
    UPDATE intake.service_request r SET state = $11::int2, order_version = $14::int8,
           updated_at = $10::timestamptz FROM n WHERE r.id = n.id)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), $14::int8, 1, $10::timestamptz, $10::timestamptz, $10::timestamptz, n.event_id, n.id,
       n.order_id, $13::int2, $12::int2, $11::int2, 2, n.partition, 1, n.worker,
       n.digest, n.event
  FROM n
