-- Waiting for a dispatcher, newest first. $1 state (0: any), $2 grid, $3 worker ('': any), $4..$5 accepted, $6, $7 continue after, $8 rows.
SELECT o.id, o.request_id, o.request_number, o.version, o.state, o.service_code, o.urgency, o.lat, o.long, o.grid, o.grid_version,
       o.worker_id, o.dispatch_seq, o.queue_reason, o.retry_at, o.accepted_at, o.dispatched_at, o.signed_at, o.started_at,
       o.fed_back_at, o.updated_at, o.result, o.feedback_event, o.redo_count, o.grid_now, o.held, t.text
  FROM work_order o LEFT JOIN event_text t ON t.event_id = o.feedback_event
 WHERE o.queue_reason <> 0 AND ($1::smallint = 0 OR o.state = $1) AND ($2 = '' OR o.grid = $2) AND ($3 = '' OR o.worker_id = $3)
   AND o.accepted_at >= $4 AND o.accepted_at < $5
   AND (o.accepted_at, o.id) < ($6, $7)
 ORDER BY o.accepted_at DESC, o.id DESC
 LIMIT $8
