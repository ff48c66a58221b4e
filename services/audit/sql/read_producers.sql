-- out: how far each producer's events are in the log.
SELECT producer, watermarks
  FROM inbox
 ORDER BY producer
