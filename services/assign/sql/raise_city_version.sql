-- Tells who holds a snapshot that it is old.
UPDATE city_version SET version = version + 1, changed_at = clock_timestamp()
