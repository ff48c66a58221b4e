-- Who may log in, and the sessions that are open.

CREATE TABLE account (
    id uuid PRIMARY KEY,
    username text NOT NULL UNIQUE CHECK (username ~ '^[A-Za-z0-9._@-]{1,64}$'),
    password_hash text, -- Argon2id; NULL: no log-in by password
    role smallint NOT NULL CHECK (role BETWEEN 1 AND 5), -- paidan.common.v1.Role
    worker_id text CHECK (worker_id ~ '^[A-Za-z0-9._-]{1,31}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((role = 3) = (worker_id IS NOT NULL)) -- a grid worker is one of the city's workers, nobody else is
);

-- The token itself is known to its bearer alone.
CREATE TABLE session (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id uuid NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expires ON session (expires_at);

GRANT DELETE ON session TO :service; -- what ended long ago is swept away
