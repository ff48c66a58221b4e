-- These workers are to be read anew by whoever holds the people in memory.
UPDATE worker
   SET changed = (SELECT people + 1 FROM city_version)
 WHERE id = ANY($1)
