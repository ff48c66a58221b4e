-- Places; the last of several rows with one id counts, one that changes nothing is left alone.
INSERT INTO place (id, kind, name, division, lat, long, road, number_from, number_to, parity, valid, version)
SELECT DISTINCT ON (n.id) n.id, n.kind, n.name, n.division, n.lat, n.long, n.road, n.number_from, n.number_to, n.parity, n.valid, v.version
  FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::text[], $8::integer[], $9::integer[],
              $10::smallint[], $11::boolean[])
       WITH ORDINALITY AS n(id, kind, name, division, lat, long, road, number_from, number_to, parity, valid, at), gazetteer_version v
 ORDER BY n.id, n.at DESC
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, division = excluded.division, lat = excluded.lat,
       long = excluded.long, road = excluded.road, number_from = excluded.number_from, number_to = excluded.number_to,
       parity = excluded.parity, valid = excluded.valid, version = excluded.version
 WHERE (place.kind, place.name, place.division, place.lat, place.long, place.road, place.number_from, place.number_to, place.parity,
        place.valid)
       IS DISTINCT FROM
       (excluded.kind, excluded.name, excluded.division, excluded.lat, excluded.long, excluded.road, excluded.number_from,
        excluded.number_to, excluded.parity, excluded.valid)
