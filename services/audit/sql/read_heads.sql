-- in: arrays request_id, aggregate_id. out: the last version in the trace of those that have any; found through the request.
SELECT n.aggregate_id, max(e.aggregate_version)
  FROM unnest($1::uuid[], $2::uuid[]) AS n (request_id, aggregate_id)
  JOIN trace_event e ON e.request_id = n.request_id AND e.aggregate_id = n.aggregate_id
 GROUP BY n.aggregate_id
