-- Who is accountable now, where that was written after version $1.
SELECT grid, since, worker_id, accountability
  FROM accountable
 WHERE until = 'infinity' AND changed > $1
