-- Deliveries: who must be told what, and when it arrived.

CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    kind smallint NOT NULL CHECK (kind IN (1, 2)), -- paidan.notify.v1.DeliveryKind
    order_id uuid NOT NULL,
    request_id uuid NOT NULL,
    dispatch_seq integer NOT NULL CHECK (dispatch_seq > 0),
    urgency smallint NOT NULL,
    attempts smallint NOT NULL CHECK (attempts > 0), -- pushes so far
    created_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    superseded_at timestamptz, -- the assignment ended before it was acknowledged
    next_push_at timestamptz,  -- NULL: no more pushes
    request_number text NOT NULL,
    worker_id text NOT NULL CHECK (worker_id <> ''),
    service_code text NOT NULL,
    CHECK (next_push_at IS NULL OR (acknowledged_at IS NULL AND superseded_at IS NULL))
);

-- One assignment and one withdrawal for each dispatch, whatever arrives twice; also finds an order's deliveries.
CREATE UNIQUE INDEX delivery_order ON delivery (order_id, dispatch_seq, kind);

-- What a worker's app still has to acknowledge, oldest first.
CREATE INDEX delivery_undelivered ON delivery (worker_id, id) WHERE acknowledged_at IS NULL AND superseded_at IS NULL;

-- What the timer pushes next.
CREATE INDEX delivery_due ON delivery (next_push_at) WHERE next_push_at IS NOT NULL;
