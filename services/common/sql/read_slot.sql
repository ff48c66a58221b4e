-- in: $1 hours that a slot is filled. out: the slot that is filled now, whether its time is over.
SELECT slot, since < clock_timestamp() - make_interval(hours => $1) FROM outbox_slot;
