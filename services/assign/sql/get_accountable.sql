-- Who is accountable for this grid now; NULL: nobody.
SELECT worker_id FROM accountable WHERE grid = $1 AND until = 'infinity'
