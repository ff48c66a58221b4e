-- How many orders each of these workers has now.
SELECT worker_id, count(*) FROM assignment WHERE worker_id = ANY($1) AND ended_at IS NULL GROUP BY worker_id
