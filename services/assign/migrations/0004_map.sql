-- The map: outlines of divisions beside those of grids, and what a look into the past needs.

-- Two versions, so that a worker's day does not make anybody read the map again.
ALTER TABLE city_version ADD map bigint NOT NULL DEFAULT 1, ADD people bigint NOT NULL DEFAULT 1, DROP version;

-- outline: WKB polygon or multipolygon. bounds: its box (long, lat), NULL in rows of before this column. households: as told with the
-- outline, 0 unknown. replaces: the codes that this grid took the place of when its code began. grid_change: what wrote the row.
ALTER TABLE grid ADD bounds box, ADD households integer NOT NULL DEFAULT 0 CHECK (households >= 0),
                 ADD replaces text[] NOT NULL DEFAULT '{}', ADD grid_change uuid;
CREATE INDEX grid_bounds ON grid USING gist (bounds);
CREATE INDEX grid_replaces ON grid USING gin (replaces) WHERE replaces <> '{}';

-- Towns and communities as drawn; the same rules as for grids. A division without an outline has no row here.
CREATE TABLE division_outline (
    code text NOT NULL REFERENCES division,
    version bigint NOT NULL CHECK (version > 0),
    name text NOT NULL,
    outline bytea NOT NULL,
    bounds box NOT NULL,
    households integer NOT NULL DEFAULT 0 CHECK (households >= 0),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL DEFAULT 'infinity',
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT 'infinity',
    grid_change uuid,
    PRIMARY KEY (code, version, recorded_at),
    CHECK (valid_to > valid_from),
    CHECK (superseded_at >= recorded_at),
    CONSTRAINT division_one_version EXCLUDE USING gist (
        code WITH =, tstzrange(valid_from, valid_to) WITH &&, tstzrange(recorded_at, superseded_at) WITH &&)
);
CREATE INDEX division_outline_bounds ON division_outline USING gist (bounds);
