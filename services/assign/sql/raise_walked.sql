-- The people changed, or their log moved on to $1.
UPDATE city_version
   SET people = people + 1, walked_to = greatest(walked_to, $1), changed_at = clock_timestamp()
