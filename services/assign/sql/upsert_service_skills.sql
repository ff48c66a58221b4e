-- $1 prefix, $2 skill; the last of several rows with one prefix counts.
INSERT INTO service_skill (prefix, skill)
SELECT DISTINCT ON (prefix) prefix, skill
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n(prefix, skill, place)
 ORDER BY prefix, place DESC
ON CONFLICT (prefix) DO UPDATE SET skill = excluded.skill
