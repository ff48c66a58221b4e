-- The service request: from registration to archive.

CREATE TABLE service_request (
    id uuid PRIMARY KEY,                         -- UUIDv7 of the registration: its order is the order of registering
    version bigint NOT NULL CHECK (version >= 1),  -- counts intake's own events, dense
    registered_at timestamptz NOT NULL,
    requested_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    accepted_at timestamptz,
    closed_at timestamptz,
    lat double precision CHECK (lat BETWEEN -90 AND 90),
    long double precision CHECK (long BETWEEN -180 AND 180),
    order_id uuid,
    order_version bigint NOT NULL DEFAULT 0,     -- of the newest event of assign that was applied
    dispatch_seq integer NOT NULL DEFAULT 0,
    reopen_count integer NOT NULL DEFAULT 0,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 15),
    -- 0 while open, else the state: changes twice in a life, so that most changes of state touch no index
    ended smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN state >= 11 THEN state ELSE 0 END) STORED,
    channel smallint NOT NULL CHECK (channel BETWEEN 1 AND 6),
    urgency smallint NOT NULL CHECK (urgency BETWEEN 1 AND 2),
    result smallint NOT NULL DEFAULT 0,
    satisfaction smallint NOT NULL DEFAULT 0,
    reject_reason smallint NOT NULL DEFAULT 0,
    service_code text NOT NULL CHECK (length(service_code) BETWEEN 1 AND 64),
    number text NOT NULL UNIQUE,
    grid text,
    worker_id text,
    requester_account text,                      -- of a resident who registered it himself
    wrapped_key bytea CHECK (length(wrapped_key) = 72),  -- NULL: erased
    sealed bytea NOT NULL,
    CHECK ((lat IS NULL) = (long IS NULL)),
    CHECK (closed_at >= requested_at),
    CHECK (state NOT BETWEEN 11 AND 15 OR closed_at IS NOT NULL)
) WITH (fillfactor = 60);

-- Lists are newest first, by id; each filter that narrows has an index which delivers that order.
CREATE INDEX service_request_ended ON service_request (ended, id);
CREATE INDEX service_request_grid ON service_request (grid, id) WHERE grid IS NOT NULL;
CREATE INDEX service_request_worker ON service_request (worker_id, id) WHERE worker_id IS NOT NULL;
-- What the timer archives.
CREATE INDEX service_request_to_archive ON service_request (closed_at) WHERE ended = 11;

-- The words of an event, sealed with the key of its request.
CREATE TABLE event_text (
    request_id uuid NOT NULL,
    event_id uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (request_id, event_id)
);

-- The last number given on a day (of Asia/Shanghai).
CREATE TABLE request_number (
    day integer PRIMARY KEY CHECK (day BETWEEN 19700101 AND 99991231),
    last bigint NOT NULL CHECK (last >= 0)
) WITH (fillfactor = 50);
