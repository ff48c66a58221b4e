-- in: $1 stream.
SELECT created_ns, last_seq FROM bus_position WHERE stream = $1;
