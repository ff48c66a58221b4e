-- Known places with their names, and what became of orders that came with an address only.

-- kind, parity: the numbers of paidan.assign.v1.PlaceKind and NumberParity. division: town or community. road: that it stands at; the
-- numbers number_from..number_to are of that road, or of the place itself when it is one; 0, 0: unknown. version: of gazetteer_version
-- when the place or its aliases last changed, by which the services' memories follow.
CREATE TABLE place (
    id uuid PRIMARY KEY,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),
    name text NOT NULL CHECK (name <> ''),
    division text NOT NULL REFERENCES division CHECK (length(division) IN (9, 12)),
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    long double precision NOT NULL CHECK (long BETWEEN -180 AND 180),
    road text NOT NULL DEFAULT '',
    number_from integer NOT NULL DEFAULT 0,
    number_to integer NOT NULL DEFAULT 0,
    parity smallint NOT NULL DEFAULT 0 CHECK (parity BETWEEN 0 AND 2),
    valid boolean NOT NULL DEFAULT true,
    version bigint NOT NULL,
    CHECK (number_from BETWEEN 0 AND number_to),
    CONSTRAINT place_once UNIQUE (kind, name, division, number_from, parity)
);
CREATE INDEX place_version ON place (version, id);
CREATE INDEX place_name ON place (name COLLATE "C" text_pattern_ops, id) WHERE valid;
CREATE INDEX place_division ON place (division COLLATE "C" text_pattern_ops, name, id) WHERE valid;

-- Other words for a place, in the normal form of core/address_fold.h. source: 1 import, 2 a dispatcher's choice for an address, then it
-- stands for exactly that address. uses: how often a dispatcher chose so.
CREATE TABLE place_alias (
    place_id uuid NOT NULL REFERENCES place,
    alias text NOT NULL CHECK (length(alias) BETWEEN 2 AND 40),
    source smallint NOT NULL CHECK (source BETWEEN 1 AND 2),
    uses bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (place_id, alias, source)
);

-- One row; only the writer raises it.
CREATE TABLE gazetteer_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO gazetteer_version (version) VALUES (1);

-- An order that came with an address only. due_at: to be looked up from then on; NULL: done. words: its place part in normal form without
-- unit and room, kept only while no place is known. source: paidan.assign.v1.PlaceSource, how the place was found. candidates: how many of
-- the rows in order_candidate count; rows are not deleted.
CREATE TABLE order_address (
    order_id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    due_at timestamptz,
    source smallint NOT NULL DEFAULT 0 CHECK (source BETWEEN 0 AND 3),
    place_id uuid REFERENCES place,
    words text,
    candidates smallint NOT NULL DEFAULT 0 CHECK (candidates BETWEEN 0 AND 5)
);
CREATE INDEX order_address_due ON order_address (due_at, order_id) WHERE due_at IS NOT NULL;

-- Orders that wait for a dispatcher already are looked up too.
INSERT INTO order_address (order_id, request_id, due_at) SELECT id, request_id, now() FROM work_order WHERE state = 3 AND lat IS NULL;

CREATE TABLE order_candidate (
    order_id uuid NOT NULL REFERENCES order_address,
    rank smallint NOT NULL CHECK (rank BETWEEN 1 AND 5),
    place_id uuid NOT NULL REFERENCES place,
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (order_id, rank)
);

ALTER TABLE work_order DROP CONSTRAINT work_order_queue_reason_check;
ALTER TABLE work_order ADD CONSTRAINT work_order_queue_reason_check CHECK (queue_reason BETWEEN 0 AND 4);
