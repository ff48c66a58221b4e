-- in: arrays request_id, aggregate_id. out: the last version in the trace of those that have any.
-- Found through the request; ANY keeps the plan on the index, however small the table was when it was planned.
SELECT aggregate_id, max(aggregate_version)
  FROM trace_event
 WHERE request_id = ANY($1::uuid[])
   AND aggregate_id = ANY($2::uuid[])
 GROUP BY aggregate_id
