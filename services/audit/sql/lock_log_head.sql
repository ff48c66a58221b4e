-- out: the end of the log, locked: one appender at a time, so seq is dense and its order is the order of commits.
SELECT size, counts
  FROM log_head
   FOR UPDATE
