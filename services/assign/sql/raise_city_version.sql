-- Tells who holds the map or the people in memory that they are old. $1 the map changed, $2 the people.
UPDATE city_version
   SET map = map + $1::boolean::int, people = people + $2::boolean::int, changed_at = clock_timestamp()
