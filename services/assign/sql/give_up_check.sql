-- A check that cannot be done is not tried for ever. $1 change, $2 check_seq, $3 why.
WITH given_up AS (
    UPDATE grid_change
       SET verdict = 3, state = CASE WHEN state = 1 THEN 2 ELSE state END, progress = 100, faults = 1
     WHERE id = $1 AND check_seq = $2 AND verdict = 1
    RETURNING id)
INSERT INTO grid_change_fault (change_id, idx, feature, code, other, kind, detail, lat, long, area_m2)
SELECT id, 1 + coalesce((SELECT max(idx) FROM grid_change_fault f WHERE f.change_id = given_up.id), 0), -1, '', '', 11, $3, 0, 0, 0
  FROM given_up
