-- Work orders, who had them, and the words said about them.

-- One row an order, changed about seven times in its life. Only grid, worker and what leads into the manual queue are indexed besides the
-- keys; they stay as they are from dispatch to end, so that sign, start, feed_back and review touch no index (HOT). Nothing is
-- INCLUDEd in the indexes for the same reason. Numbers of states and reasons: wo_fsm.def and assign.proto.
CREATE TABLE work_order (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    request_number text NOT NULL,
    version bigint NOT NULL CHECK (version >= 0),
    state smallint NOT NULL CHECK (state BETWEEN 3 AND 12 OR state = 15),
    service_code text NOT NULL,
    urgency smallint NOT NULL,
    lat float8 CHECK (lat BETWEEN -90 AND 90),
    long float8 CHECK (long BETWEEN -180 AND 180),
    grid text,
    grid_version bigint,
    worker_id text,
    dispatch_seq integer NOT NULL CHECK (dispatch_seq >= 0),
    queue_reason smallint NOT NULL CHECK (queue_reason BETWEEN 0 AND 3),
    retry_at timestamptz,
    accepted_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    signed_at timestamptz,
    started_at timestamptz,
    fed_back_at timestamptz,
    updated_at timestamptz NOT NULL,
    result smallint NOT NULL CHECK (result BETWEEN 0 AND 7),
    feedback_event uuid,
    redo_count integer NOT NULL CHECK (redo_count >= 0),
    -- 0 while open: an order that is over is found by how it ended, an open one among the open ones
    settled smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN state >= 11 THEN state ELSE 0 END) STORED,
    CONSTRAINT work_order_request UNIQUE (request_id),
    CONSTRAINT work_order_accountable CHECK (state IN (3, 15) OR worker_id IS NOT NULL),
    CONSTRAINT work_order_nobody CHECK (state <> 3 OR worker_id IS NULL),
    CONSTRAINT work_order_queue CHECK (state = 3 OR (queue_reason = 0 AND retry_at IS NULL)),
    CONSTRAINT work_order_place CHECK ((lat IS NULL) = (long IS NULL)),
    CONSTRAINT work_order_grid CHECK ((grid IS NULL) = (grid_version IS NULL))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX work_order_newest ON work_order (accepted_at DESC, id DESC);
CREATE INDEX work_order_of_worker ON work_order (worker_id, accepted_at DESC, id DESC);
CREATE INDEX work_order_of_grid ON work_order (grid, accepted_at DESC, id DESC);
CREATE INDEX work_order_settled ON work_order (settled, accepted_at DESC, id DESC);
CREATE INDEX work_order_queue ON work_order (accepted_at DESC, id DESC) WHERE queue_reason <> 0;
CREATE INDEX work_order_retry ON work_order (retry_at, id) WHERE retry_at IS NOT NULL;

-- Who was accountable for an order, from when to when. At most one at any instant. No foreign keys: they would lock the order's row
-- once more for each dispatch; the service is the only writer.
CREATE TABLE assignment (
    order_id uuid NOT NULL,
    dispatch_seq integer NOT NULL CHECK (dispatch_seq > 0),
    worker_id text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (order_id, dispatch_seq)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX assignment_one_live ON assignment (order_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_load ON assignment (worker_id) WHERE ended_at IS NULL;

-- The words that workers and reviewers said. Events carry SHA-256(salt || text) instead, so a row can be erased and every proof holds.
CREATE TABLE event_text (
    event_id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    salt bytea NOT NULL CHECK (length(salt) = 32),
    text text NOT NULL
);
CREATE INDEX event_text_request ON event_text (request_id);
