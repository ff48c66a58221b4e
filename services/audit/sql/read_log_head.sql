-- out: the end of the log as of now.
SELECT size, counts
  FROM log_head
