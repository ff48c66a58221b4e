-- Deliveries of a worker who is off duty are held: not pushed, and not sent when his app connects, until he is back.

ALTER TABLE delivery ADD held_at timestamptz;
ALTER TABLE delivery ADD CONSTRAINT delivery_held CHECK (held_at IS NULL OR next_push_at IS NULL);
