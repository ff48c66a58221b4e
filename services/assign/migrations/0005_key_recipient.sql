-- Key service recipients (重点服务对象) on the map: sensitive personal data, sealed as intake seals a requester's.

-- category: paidan.assign.v1.RecipientCategory. grid: the code whose people look after the place now; it follows the map.
-- version counts the events about it, reads included. wrapped_key NULL: erased.
CREATE TABLE key_recipient (
    id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    category smallint NOT NULL CHECK (category > 0),
    lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    long double precision NOT NULL CHECK (long BETWEEN -180 AND 180),
    grid text,
    marked_at timestamptz NOT NULL,
    unmarked_at timestamptz,
    wrapped_key bytea CHECK (length(wrapped_key) = 72),
    sealed bytea NOT NULL
);
CREATE INDEX key_recipient_grid ON key_recipient (grid, id) WHERE unmarked_at IS NULL;
