-- out: how far each producer's events are committed.
SELECT producer, watermarks FROM inbox ORDER BY producer;
