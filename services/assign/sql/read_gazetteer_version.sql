-- $1 the version known: the present one, how many places changed since (counted up to $2), how many divisions there are.
SELECT version, (SELECT count(*) FROM (SELECT FROM place WHERE place.version > $1 LIMIT $2) AS changed),
       (SELECT count(*) FROM division)
  FROM gazetteer_version
