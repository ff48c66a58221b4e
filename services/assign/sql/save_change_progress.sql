-- How far a check is, for those who watch. $1 change, $2 check_seq, $3 percent.
UPDATE grid_change SET progress = $3 WHERE id = $1 AND check_seq = $2 AND verdict = 1
