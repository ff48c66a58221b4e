-- The highest number of each partition in a slot, 0 when it has none. in: $1 slot. out: partition, seq. Sixteen looks at the primary key.
SELECT p::smallint, coalesce((SELECT max(o.seq) FROM outbox AS o WHERE o.slot = $1 AND o.partition = p), 0) FROM generate_series(0, 15) AS p;
