-- Takes the change whose check has ended, unless something was changed since. $1 change, $2 check_seq.
SELECT id FROM grid_change WHERE id = $1 AND check_seq = $2 AND verdict = 1 FOR UPDATE
