-- The trace: every event of every service once, in the order in which audit received it.
-- The service may append and read; nobody may change or remove. psql variable: service = the login role.

-- Numbers of the producers in trace_event; also their order among events recorded at the same instant.
CREATE TABLE producer (
    id smallint PRIMARY KEY,
    name text NOT NULL UNIQUE
);
INSERT INTO producer VALUES (0, ''), (1, 'intake'), (2, 'assign'), (3, 'notify');

CREATE TABLE trace_event (
    seq bigint NOT NULL,                -- dense from 1
    aggregate_version bigint NOT NULL,
    producer_seq bigint NOT NULL,       -- dense per producer and partition
    occurred_at timestamptz NOT NULL,   -- when it happened
    recorded_at timestamptz NOT NULL,   -- when its owner decided it
    received_at timestamptz NOT NULL,   -- when audit committed it
    event_id uuid NOT NULL,
    request_id uuid NOT NULL,
    aggregate_id uuid NOT NULL,
    type integer NOT NULL,              -- paidan.common.v1.WorkOrderEvent; unknown numbers are kept as they came
    from_state integer NOT NULL,        -- paidan.common.v1.WorkOrderState
    to_state integer NOT NULL,
    producer smallint NOT NULL,
    partition smallint NOT NULL,
    actor_role smallint NOT NULL,       -- paidan.common.v1.Role
    actor_id text,
    worker_id text,
    digest bytea NOT NULL,              -- SHA-256 of event
    event bytea NOT NULL,               -- the bytes received
    PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX trace_event_request ON trace_event (request_id, seq);
CREATE INDEX trace_event_recorded ON trace_event USING brin (recorded_at);

-- 8 parts of 50 million events, about 20 GB each: some 30 million orders. The service cannot create tables, so the next
-- parts come with a migration, long before the default part, which only makes sure that nothing is ever refused.
DO $$
BEGIN
    FOR i IN 0..7 LOOP
        EXECUTE format('CREATE TABLE trace_event_p%s PARTITION OF trace_event FOR VALUES FROM (%s) TO (%s)',
                       lpad(i::text, 3, '0'), i * 50000000::bigint, (i + 1) * 50000000::bigint);
    END LOOP;
END
$$;
CREATE TABLE trace_event_beyond PARTITION OF trace_event DEFAULT;

-- The end of the log, and how many events of each type it holds: element i + 1 counts type i, the first one what has no
-- number of its own. One row, locked by whoever appends.
CREATE TABLE log_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size bigint NOT NULL DEFAULT 0,
    counts bigint[] NOT NULL DEFAULT '{0}'
) WITH (fillfactor = 50);
INSERT INTO log_head DEFAULT VALUES;
GRANT UPDATE ON log_head TO :"service";

-- What a producer did wrong: noted, never a reason to refuse an event.
CREATE TABLE finding (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL, -- version_gap, version_repeat
    seq bigint NOT NULL,
    request_id uuid NOT NULL,
    aggregate_id uuid NOT NULL,
    detail text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Grants keep the service from changing the past; this keeps a slip of the owner from it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trace is append-only';
END
$$;
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT 'trace_event'::regclass
                UNION ALL SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'trace_event'::regclass LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
    END LOOP;
END
$$;
