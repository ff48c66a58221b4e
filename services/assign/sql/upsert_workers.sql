-- id, name; the last of several rows with one id counts.
INSERT INTO worker (id, name)
SELECT DISTINCT ON (id) id, name
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n(id, name, place)
 ORDER BY id, place DESC
ON CONFLICT (id) DO UPDATE SET name = excluded.name
 WHERE worker.name <> excluded.name
