-- Places that changed after version $1, at most $2.
SELECT id, kind, name, division, lat, long, road, number_from, number_to, parity, valid
  FROM (SELECT * FROM place WHERE version > $1 ORDER BY version, id LIMIT $2) AS changed
 ORDER BY id
