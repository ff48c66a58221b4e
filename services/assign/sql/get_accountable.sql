-- Who was accountable for this grid at $2; NULL: nobody.
SELECT worker_id FROM accountable WHERE grid = $1 AND since <= $2 AND until > $2
