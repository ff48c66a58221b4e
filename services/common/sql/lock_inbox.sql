-- The same, locked until COMMIT. in: $1 producers.
SELECT producer, watermarks FROM inbox WHERE producer = ANY ($1::text[]) ORDER BY producer FOR UPDATE;
