-- Grid changes: drafted outlines, what a check found in them, and the one row that says how far the procedure has come.

-- Numbers of kind, layer, mode, state and verdict: assign.proto. check_seq: a check's result counts only while nothing was changed since it
-- was asked for. map_version: city_version.map that the check saw. valid_from NULL: when it is applied.
CREATE TABLE grid_change (
    id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
    layer smallint NOT NULL CHECK (layer BETWEEN 1 AND 6),
    mode smallint NOT NULL CHECK (mode BETWEEN 1 AND 2),
    title text NOT NULL,
    tolerance_m2 float8 NOT NULL CHECK (tolerance_m2 > 0),
    accept_findings boolean NOT NULL,
    valid_from timestamptz,
    state smallint NOT NULL CHECK (state BETWEEN 1 AND 9),
    verdict smallint NOT NULL DEFAULT 0 CHECK (verdict BETWEEN 0 AND 3),
    check_seq integer NOT NULL DEFAULT 0,
    progress smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    map_version bigint NOT NULL DEFAULT 0,
    parts integer NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    added integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    closed integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    faults integer NOT NULL DEFAULT 0,
    overlapping integer NOT NULL DEFAULT 0,
    gaps integer NOT NULL DEFAULT 0,
    households_moved integer NOT NULL DEFAULT 0,
    workers_moved integer NOT NULL DEFAULT 0,
    orders_moved integer NOT NULL DEFAULT 0,
    recipients_moved integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    checked_at timestamptz,
    applied_at timestamptz,
    begun_at timestamptz, -- when orders, recipients and posts began to follow
    CHECK ((state = 8) = (applied_at IS NOT NULL)),
    CHECK (begun_at IS NULL OR state = 8),
    CHECK (state <> 8 OR (verdict = 2 AND valid_from IS NOT NULL))
);
CREATE INDEX grid_change_newest ON grid_change (created_at DESC, id DESC);
CREATE INDEX grid_change_to_begin ON grid_change (valid_from) WHERE state = 8 AND begun_at IS NULL;
CREATE INDEX grid_change_to_check ON grid_change (updated_at) WHERE verdict = 1;

-- The features as they were sent; gone when the change is over.
CREATE TABLE grid_change_part (
    change_id uuid NOT NULL REFERENCES grid_change,
    part integer NOT NULL CHECK (part > 0),
    geojson bytea NOT NULL,
    PRIMARY KEY (change_id, part)
);
ALTER TABLE grid_change_part ALTER geojson SET STORAGE EXTERNAL;

-- Who answers for the new grids.
CREATE TABLE grid_change_post (
    change_id uuid NOT NULL REFERENCES grid_change,
    grid text NOT NULL,
    worker_id text NOT NULL,
    accountability smallint NOT NULL CHECK (accountability BETWEEN 1 AND 3),
    PRIMARY KEY (change_id, grid, worker_id)
);

-- What the check read, staged so that applying is set-based. level: 1 city, 2 town, 3 community, 4 grid. act: 1 added, 2 changed,
-- 3 closed, 4 unchanged; closed ones are those of the map, behind the features. orders, recipients: open ones that come to lie in it.
CREATE TABLE grid_change_feature (
    change_id uuid NOT NULL REFERENCES grid_change,
    idx integer NOT NULL,
    code text NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
    act smallint NOT NULL CHECK (act BETWEEN 1 AND 4),
    name text NOT NULL,
    parent text,
    households integer NOT NULL CHECK (households >= 0),
    replaces text[] NOT NULL,
    outline bytea NOT NULL,
    bounds box NOT NULL,
    orders integer NOT NULL DEFAULT 0,
    recipients integer NOT NULL DEFAULT 0,
    PRIMARY KEY (change_id, idx)
);
CREATE UNIQUE INDEX grid_change_feature_code ON grid_change_feature (change_id, code);

-- What the check found, and where. kind: assign.proto.
CREATE TABLE grid_change_fault (
    change_id uuid NOT NULL REFERENCES grid_change,
    idx integer NOT NULL CHECK (idx > 0),
    feature integer NOT NULL,
    code text NOT NULL,
    other text NOT NULL,
    kind smallint NOT NULL CHECK (kind > 0),
    detail text NOT NULL,
    lat float8 NOT NULL,
    long float8 NOT NULL,
    area_m2 float8 NOT NULL,
    outline bytea,
    PRIMARY KEY (change_id, idx)
);

-- Orders are found by whose people answer now, when the map changes once more.
CREATE INDEX work_order_grid_now ON work_order (grid_now) WHERE grid_now IS NOT NULL;
-- The place is to be looked up on the map again.
ALTER TABLE key_recipient ADD relocate boolean NOT NULL DEFAULT false;
CREATE INDEX key_recipient_relocate ON key_recipient (id) WHERE relocate;

-- What was sent and what a check staged is replaced by the next check.
GRANT DELETE ON grid_change_part, grid_change_feature, grid_change_fault TO :service;
