-- in: $1 writer uuid, $2 number of this batch.
UPDATE writer_mark SET batch = $2, at = clock_timestamp() WHERE writer = $1;
