-- Floor: stage "dispatch" of one order's life, many orders in one commit.
-- Rows as the system writes them: assign work_order, assignment, outbox; intake service_request changed; notify delivery;
-- audit trace_event.
-- Left out, in the floor's favour: the counters which the services lock and change once per batch (producer_position, inbox,
-- writer_mark, log_head, request_number), all reading, and everything between the statements.
-- in: $1 id, $2 order_id, $3 delivery_id, $4 number, $5 event_id, $6 event, $7 digest, $8 partition, $9 lat, $10
--     long, $11 grid, $12 worker, $13 now (arrays but for the last one).
WITH n AS (SELECT unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS order_id, unnest($3::uuid[]) AS delivery_id,
           unnest($4::text[]) AS number, unnest($5::uuid[]) AS event_id, unnest($6::bytea[]) AS event,
           unnest($7::bytea[]) AS digest, unnest($8::int2[]) AS partition, unnest($9::float8[]) AS lat,
           unnest($10::float8[]) AS long, unnest($11::text[]) AS grid, unnest($12::text[]) AS worker),
work_order AS (
    INSERT INTO assign.work_order (id, request_id, request_number, version, state, service_code, urgency, lat, long,
           grid,
            grid_version, worker_id, dispatch_seq, queue_reason, accepted_at, dispatched_at, updated_at, result,
            redo_count)
    SELECT n.order_id, n.id, n.number, 1, 4, 'road_damage', 1, n.lat, n.long, n.grid, 1, n.worker, 1, 0,
           $13::timestamptz, $13::timestamptz, $13::timestamptz, 0, 0
      FROM n),
assignment AS (
    INSERT INTO assign.assignment (order_id, dispatch_seq, worker_id, started_at)
    SELECT n.order_id, 1, n.worker, $13::timestamptz FROM n),
outbox AS (
    INSERT INTO assign.outbox (slot, partition, seq, event_id, event, recorded_at)
    SELECT 0, n.partition, nextval('floor.position'), n.event_id, n.event, $13::timestamptz FROM n),
request AS (
    UPDATE intake.service_request r SET state = 4, order_id = n.order_id, order_version = 1, grid = n.grid,
            worker_id = n.worker, dispatch_seq = 1, updated_at = $13::timestamptz FROM n WHERE r.id = n.id),
delivery AS (
    INSERT INTO notify.delivery (id, kind, order_id, request_id, dispatch_seq, urgency, attempts, created_at,
            next_push_at, request_number, worker_id, service_code)
    SELECT n.delivery_id, 1, n.order_id, n.id, 1, 1, 1, $13::timestamptz, $13::timestamptz + interval '10 s',
           n.number, n.worker, 'road_damage' FROM n)
INSERT INTO audit.trace_event (seq, aggregate_version, producer_seq, occurred_at, recorded_at, received_at, event_id,
       request_id,
       aggregate_id, type, from_state, to_state, producer, partition, actor_role, worker_id, digest, event)
SELECT nextval('floor.log'), 1, 1, $13::timestamptz, $13::timestamptz, $13::timestamptz, n.event_id, n.id,
       n.order_id, 6, 3, 4, 2, n.partition, 1, n.worker,
       n.digest, n.event
  FROM n
