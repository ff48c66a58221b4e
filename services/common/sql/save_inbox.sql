-- in: $1 producer, $2 bigint[16].
UPDATE inbox SET watermarks = $2 WHERE producer = $1;
