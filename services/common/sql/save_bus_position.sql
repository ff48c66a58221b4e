-- in: $1 stream, $2 created, $3 last seq.
INSERT INTO bus_position (stream, created_ns, last_seq) VALUES ($1, $2, $3)
ON CONFLICT (stream) DO UPDATE SET created_ns = excluded.created_ns, last_seq = excluded.last_seq, at = clock_timestamp();
