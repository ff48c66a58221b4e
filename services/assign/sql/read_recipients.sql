-- In: ids. Out: the recipients, locked. Columns as in shell/recipient_store.c.
SELECT id, version, category, lat, long, grid, marked_at, unmarked_at, wrapped_key, sealed
  FROM key_recipient WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE
