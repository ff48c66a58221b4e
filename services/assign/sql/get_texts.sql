-- The words of one request; for a worker ($2 not empty) only when the order is his. No row: nothing that he may see.
SELECT t.event_id, t.text
  FROM work_order o LEFT JOIN event_text t ON t.request_id = o.request_id
 WHERE o.request_id = $1 AND ($2 = '' OR o.worker_id = $2)
 ORDER BY t.event_id
