-- Who is accountable now, where that was written after version $1.
SELECT grid, greatest(since, checked_at), worker_id, accountability, since
  FROM accountable
 WHERE until = 'infinity' AND changed > $1
