-- People: what they can, when they are away, what they say of themselves; and who was accountable for each grid at each instant.

-- changed: the city_version.people with which a row was last written. Who holds the people in memory reads only what is newer.
-- walked_to: the log of accountability below is complete up to there; whatever changes somebody brings his grids up to its own instant
-- first.
ALTER TABLE city_version ADD walked_to timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE worker ADD skills text[] NOT NULL DEFAULT '{}', ADD changed bigint NOT NULL DEFAULT 0;
CREATE INDEX worker_changed ON worker (changed);
ALTER TABLE grid_worker ADD changed bigint NOT NULL DEFAULT 0;
CREATE INDEX grid_worker_changed ON grid_worker (changed);
CREATE INDEX shift_starts ON shift (starts_at);

-- Matters that demand a skill, by the beginning of their service code; the longest beginning that fits counts.
CREATE TABLE service_skill (
    prefix text PRIMARY KEY CHECK (length(prefix) BETWEEN 1 AND 64),
    skill text NOT NULL CHECK (skill ~ '^[a-z0-9_-]{0,32}$') -- '': none any more
);

-- kind: paidan.assign.v1.LeaveKind. A leave that is cancelled counts no longer from cancelled_at on.
CREATE TABLE leave (
    id uuid PRIMARY KEY,
    worker_id text NOT NULL REFERENCES worker,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    kind smallint NOT NULL CHECK (kind > 0),
    recorded_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    CHECK (ends_at > starts_at)
);
CREATE INDEX leave_of_worker ON leave (worker_id, ends_at);

-- What a worker said of himself; the last word counts, until his shift plan next changes.
CREATE TABLE duty_mark (
    worker_id text NOT NULL REFERENCES worker,
    at timestamptz NOT NULL,
    on_duty boolean NOT NULL,
    PRIMARY KEY (worker_id, at)
);

-- Who is accountable for a grid: exactly one row at each instant since the grid exists. accountable_once: never two. accountable_next:
-- what ends is followed by a row that begins at that very instant, so that only a grid's last row is open and none is missing between;
-- checked at COMMIT. The code as a number makes the index of the first four times as fast as the text would. worker_id NULL: nobody,
-- which is an alarm. accountability: of grid_worker, 0 for nobody.
CREATE TABLE accountable (
    grid text NOT NULL CHECK (grid ~ '^[0-9]{15}$'),
    since timestamptz NOT NULL CHECK (since > '-infinity' AND since < 'infinity'),
    until timestamptz NOT NULL DEFAULT 'infinity',
    next_since timestamptz GENERATED ALWAYS AS (nullif(until, 'infinity')) STORED,
    worker_id text REFERENCES worker,
    accountability smallint NOT NULL CHECK (accountability BETWEEN 0 AND 3),
    changed bigint NOT NULL,
    checked_at timestamptz, -- an open row is known to hold up to then, when that is later than city_version.walked_to
    PRIMARY KEY (grid, since),
    CHECK (until > since),
    CHECK ((worker_id IS NULL) = (accountability = 0)),
    CONSTRAINT accountable_once EXCLUDE USING gist ((grid::bigint) WITH =, tstzrange(since, until) WITH &&),
    CONSTRAINT accountable_next FOREIGN KEY (grid, next_since) REFERENCES accountable (grid, since)
        ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX accountable_changed ON accountable (changed) WHERE until = 'infinity';
CREATE INDEX accountable_vacant ON accountable (grid) WHERE until = 'infinity' AND worker_id IS NULL;

-- The past is not rewritten: a row's grid and beginning never change, and none is removed.
REVOKE UPDATE ON accountable FROM :service;
GRANT UPDATE (until, worker_id, accountability, changed, checked_at) ON accountable TO :service;

-- A grid cannot come into being without its row, whoever writes it. Until the people are looked at, it is nobody's.
CREATE FUNCTION grid_has_accountable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO accountable (grid, since, accountability, changed)
    SELECT n.code, min(n.recorded_at), 0, (SELECT people + 1 FROM city_version)
      FROM made n
     WHERE NOT EXISTS (SELECT FROM accountable a WHERE a.grid = n.code)
     GROUP BY n.code;
    RETURN NULL;
END $$;
CREATE TRIGGER grid_has_accountable AFTER INSERT ON grid REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION grid_has_accountable();
INSERT INTO accountable (grid, since, accountability, changed)
SELECT code, (SELECT walked_to FROM city_version), 0, 0 FROM grid GROUP BY code;

-- Orders whose worker is away and nobody else is there.
CREATE INDEX work_order_held ON work_order (worker_id) WHERE held;
