-- In: day. Out: the last number given on it, locked; another writer may have been first.
INSERT INTO request_number AS r (day, last) VALUES ($1::int, 0)
    ON CONFLICT (day) DO UPDATE SET last = r.last RETURNING last
