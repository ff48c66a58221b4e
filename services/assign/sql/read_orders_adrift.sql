-- Orders whose people moved and that have not followed yet. $1 workers off duty, on leave or not; $2 those on leave; $3 on duty;
-- $4 grids with somebody on duty; $5 at most so many. Long lists are hashed (IN), not searched (ANY).
SELECT o.id, o.request_id, o.request_number, o.version, o.state, o.service_code, o.urgency, o.lat, o.long, o.grid, o.grid_version,
       o.worker_id, o.dispatch_seq, o.queue_reason, o.retry_at, o.accepted_at, o.dispatched_at, o.signed_at, o.started_at,
       o.fed_back_at, o.updated_at, o.result, o.feedback_event, o.redo_count, o.grid_now, o.held, t.text
  FROM (SELECT a.order_id AS id
          FROM assignment a JOIN work_order o ON o.id = a.order_id
         WHERE a.ended_at IS NULL AND a.worker_id = ANY($1) AND NOT o.held
           AND (o.state = 4 OR o.state IN (5, 6) AND a.worker_id = ANY($2))
        UNION ALL
        SELECT h.id
          FROM work_order h
         WHERE h.held AND h.state BETWEEN 4 AND 6
           AND (h.worker_id IN (SELECT unnest($3::text[]))
                OR (h.state = 4 OR h.worker_id = ANY($2)) AND coalesce(h.grid_now, h.grid) IN (SELECT unnest($4::text[])))
        LIMIT $5) found
  JOIN work_order o ON o.id = found.id LEFT JOIN event_text t ON t.event_id = o.feedback_event
 ORDER BY o.id
