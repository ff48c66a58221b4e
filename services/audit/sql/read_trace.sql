-- in: $1 request, $2 at most so many. out: its events in the order of recording.
-- Events of several producers reach the log in any order; those of one producer and one instant keep its order.
SELECT seq, event_id, aggregate_id, aggregate_version, type, from_state, to_state, occurred_at, recorded_at, actor_role,
       actor_id, worker_id, producer, producer_seq, digest, event
  FROM trace_event
 WHERE request_id = $1::uuid
 ORDER BY recorded_at, producer, seq
 LIMIT $2::int
