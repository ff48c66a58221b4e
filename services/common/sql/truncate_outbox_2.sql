-- Empties a slot whose events are all confirmed and old.
TRUNCATE outbox_2;
