-- $1 id, $2 name, $3 skills joined by commas; the last of several rows with one id counts.
INSERT INTO worker (id, name, skills, changed)
SELECT DISTINCT ON (id) id, name, CASE skills WHEN '' THEN '{}'::text[] ELSE string_to_array(skills, ',') END,
       (SELECT people + 1 FROM city_version)
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS n(id, name, skills, place)
 ORDER BY id, place DESC
ON CONFLICT (id) DO UPDATE SET name = excluded.name, skills = excluded.skills, changed = excluded.changed
 WHERE (worker.name, worker.skills) IS DISTINCT FROM (excluded.name, excluded.skills)
