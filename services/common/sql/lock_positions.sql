-- Locks the numbers given to events so far; held until COMMIT, so the order of numbers is the order of commits.
SELECT last_seq, (SELECT slot FROM outbox_slot) FROM producer_position FOR UPDATE;
