-- in: $1 ids.
UPDATE dead_letter SET replayed_at = clock_timestamp() WHERE id = ANY ($1::bigint[]);
