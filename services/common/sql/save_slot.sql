-- in: $1 the slot to fill from now on.
UPDATE outbox_slot SET slot = $1, since = clock_timestamp();
