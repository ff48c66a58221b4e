-- These places, as far as they are valid.
SELECT id, kind, name, division, lat, long, road, number_from, number_to, parity FROM place
 WHERE id = ANY ($1::uuid[]) AND valid
