-- All places, by id from $1 on, at most $2.
SELECT id, kind, name, division, lat, long, road, number_from, number_to, parity, valid FROM place
 WHERE id > $1
 ORDER BY id
 LIMIT $2
