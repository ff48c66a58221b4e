-- One clerk at a time, whichever process it is in; the lock goes with the connection.
SELECT pg_try_advisory_lock(hashtext('assign.clerk'))
