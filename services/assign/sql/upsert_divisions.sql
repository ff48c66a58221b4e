-- code, name, level, parent; the last of several rows with one code counts.
INSERT INTO division (code, name, level, parent)
SELECT DISTINCT ON (code) code, name, level, parent
  FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[]) WITH ORDINALITY AS n(code, name, level, parent, place)
 ORDER BY code, place DESC
ON CONFLICT (code) DO UPDATE SET name = excluded.name
 WHERE division.name <> excluded.name
