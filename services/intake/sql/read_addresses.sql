-- In: ids. Out: what seals their personal data.
SELECT id, wrapped_key, sealed FROM service_request WHERE id = ANY ($1::uuid[])
