-- The city: divisions, grids with their versions, workers and when they are on duty.

CREATE TABLE division (
    code text PRIMARY KEY CHECK (code ~ '^[0-9]{6}([0-9]{3}){0,2}$'),
    name text NOT NULL,
    level smallint NOT NULL CHECK (level = length(code) / 3 - 1), -- 1 city, 2 town, 3 community
    parent text REFERENCES division,
    CHECK ((parent IS NULL) = (level = 1)),
    CHECK (parent IS NULL OR parent = left(code, length(code) - 3))
);

-- A grid as it is in the world from valid_from to valid_to, and as it was known from recorded_at to superseded_at. Rows are never
-- changed but for superseded_at: what was known at any instant stays answerable. version counts the outlines of a code; a row whose
-- validity was cut short by its successor is recorded anew under the same version.
-- layer: 1 unit, 2 responsibility, 3 comprehensive governance, 4 special. outline: WKB polygon, WGS84, long before lat.
CREATE TABLE grid (
    code text NOT NULL CHECK (code ~ '^[0-9]{15}$' AND right(code, 3) <> '000'),
    version bigint NOT NULL CHECK (version > 0),
    layer smallint NOT NULL CHECK (layer BETWEEN 1 AND 4),
    community text NOT NULL REFERENCES division,
    name text NOT NULL,
    outline bytea NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL DEFAULT 'infinity',
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (code, version, recorded_at),
    CHECK (community = left(code, 12)),
    CHECK (valid_to > valid_from),
    CHECK (superseded_at >= recorded_at),
    CONSTRAINT grid_one_version EXCLUDE USING gist (
        code WITH =, tstzrange(valid_from, valid_to) WITH &&, tstzrange(recorded_at, superseded_at) WITH &&)
);
CREATE INDEX grid_known ON grid (code, valid_from) WHERE superseded_at = 'infinity';

CREATE TABLE worker (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,32}$'),
    name text NOT NULL
);

-- Who answers for a grid. accountability: 1 primary, 2 deputy, 3 grid head; lower goes first.
CREATE TABLE grid_worker (
    grid text NOT NULL,
    worker_id text NOT NULL REFERENCES worker,
    accountability smallint NOT NULL CHECK (accountability BETWEEN 1 AND 3),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL DEFAULT 'infinity',
    PRIMARY KEY (grid, worker_id, valid_from),
    CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX grid_worker_now ON grid_worker (grid, worker_id) INCLUDE (accountability) WHERE valid_to = 'infinity';
CREATE INDEX grid_worker_of ON grid_worker (worker_id) INCLUDE (grid) WHERE valid_to = 'infinity';

CREATE TABLE shift (
    worker_id text NOT NULL REFERENCES worker,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (worker_id, starts_at),
    CHECK (ends_at > starts_at)
);
CREATE INDEX shift_ends ON shift (ends_at);

-- Raised by every change of the city, in its transaction: who holds a snapshot in memory sees that it is old.
CREATE TABLE city_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO city_version DEFAULT VALUES;
