-- in: $1 bigint[16].
UPDATE producer_position SET last_seq = $1;
