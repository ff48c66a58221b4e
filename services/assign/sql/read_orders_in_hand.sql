-- What these workers have in hand, before feedback: it may have to follow them. $2 at most so many.
SELECT o.id, o.request_id, o.request_number, o.version, o.state, o.service_code, o.urgency, o.lat, o.long, o.grid, o.grid_version,
       o.worker_id, o.dispatch_seq, o.queue_reason, o.retry_at, o.accepted_at, o.dispatched_at, o.signed_at, o.started_at,
       o.fed_back_at, o.updated_at, o.result, o.feedback_event, o.redo_count, o.grid_now, o.held, t.text
  FROM assignment a JOIN work_order o ON o.id = a.order_id LEFT JOIN event_text t ON t.event_id = o.feedback_event
 WHERE a.ended_at IS NULL AND a.worker_id = ANY($1) AND o.state BETWEEN 4 AND 6
 ORDER BY o.id
 LIMIT $2
