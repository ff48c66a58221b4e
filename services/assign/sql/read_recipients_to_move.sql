-- Key service recipients whose place is to be looked up again. $1 rows.
SELECT id, lat, long FROM key_recipient WHERE relocate ORDER BY id LIMIT $1
