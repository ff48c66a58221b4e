-- Which of the places that an import names are there already: by id ($1), or by what makes them one.
SELECT p.id, p.kind, p.name, p.division, p.number_from, p.parity FROM place p WHERE p.id = ANY ($1::uuid[])
UNION
SELECT p.id, p.kind, p.name, p.division, p.number_from, p.parity
  FROM unnest($2::smallint[], $3::text[], $4::text[], $5::integer[], $6::smallint[]) AS n(kind, name, division, number_from, parity)
  JOIN place p USING (kind, name, division, number_from, parity)
