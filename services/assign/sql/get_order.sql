-- One order; for a worker ($2 not empty) only his own.
SELECT o.id, o.request_id, o.request_number, o.version, o.state, o.service_code, o.urgency, o.lat, o.long, o.grid, o.grid_version,
       o.worker_id, o.dispatch_seq, o.queue_reason, o.retry_at, o.accepted_at, o.dispatched_at, o.signed_at, o.started_at,
       o.fed_back_at, o.updated_at, o.result, o.feedback_event, o.redo_count, o.grid_now, o.held, t.text
  FROM work_order o LEFT JOIN event_text t ON t.event_id = o.feedback_event
 WHERE o.id = $1 AND ($2 = '' OR o.worker_id = $2)
