-- What the relay engine needs in every service's schema (run with search_path = that schema, as its owner).

-- One row: the dense numbers given to events so far, per partition. Locked first in every batch, so that the order of the numbers
-- is the order of the commits: a reader of the outbox never meets a number that appears late.
CREATE TABLE producer_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_seq bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[16])
) WITH (fillfactor = 50);
INSERT INTO producer_position DEFAULT VALUES;

-- One row per writer process: the number of its last committed batch. Answers "did that COMMIT happen?" after a lost connection.
CREATE TABLE writer_mark (
    writer uuid PRIMARY KEY,
    batch bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Every event this service committed, in three slots that are filled in turn; a slot is truncated when all of it is confirmed and old.
CREATE TABLE outbox (
    slot smallint NOT NULL,
    partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 15),
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    event bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (slot, partition, seq)
) PARTITION BY LIST (slot);
CREATE TABLE outbox_0 PARTITION OF outbox FOR VALUES IN (0);
CREATE TABLE outbox_1 PARTITION OF outbox FOR VALUES IN (1);
CREATE TABLE outbox_2 PARTITION OF outbox FOR VALUES IN (2);
CREATE TABLE outbox_slot (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    slot smallint NOT NULL DEFAULT 0 CHECK (slot BETWEEN 0 AND 2),
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO outbox_slot DEFAULT VALUES;

-- How far each consumer has committed, as it reported.
CREATE TABLE outbox_confirm (
    consumer text PRIMARY KEY,
    watermarks bigint[] NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How far this service has committed each producer's events, changed in the transaction of their effects.
CREATE TABLE inbox (
    producer text PRIMARY KEY,
    watermarks bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[16])
) WITH (fillfactor = 50);

-- Answers already given, for commands that carried a key.
CREATE TABLE idempotency (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    payload_hash bytea NOT NULL,
    reply bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX idempotency_at ON idempotency USING brin (at);

-- What could not be applied, with the reason.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    reason text NOT NULL,
    body bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replayed_at timestamptz
);

-- What the regression fence saw last of the stream.
CREATE TABLE bus_position (
    stream text PRIMARY KEY,
    created_ns bigint NOT NULL,
    last_seq bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT DELETE ON idempotency, writer_mark TO :service;
GRANT TRUNCATE ON outbox_0, outbox_1, outbox_2 TO :service;
REVOKE UPDATE ON outbox, outbox_0, outbox_1, outbox_2 FROM :service;
