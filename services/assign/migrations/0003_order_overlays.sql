-- What may change around an order that goes on: whose grid it is now, and whether its worker is there.

-- grid_now: the grid whose people answer, when the map changed since acceptance; grid stays the grid of record.
-- held: the accountable worker is off duty and nobody else is there.
ALTER TABLE work_order ADD grid_now text, ADD held boolean NOT NULL DEFAULT false;
ALTER TABLE work_order DROP CONSTRAINT work_order_queue;
ALTER TABLE work_order ADD CONSTRAINT work_order_queue CHECK (state = 3 OR queue_reason = 0);
