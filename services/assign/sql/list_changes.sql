-- Grid changes, newest first. $1 state (0: any), $2, $3 continue after, $4 rows.
SELECT id, version, kind, layer, mode, title, tolerance_m2, accept_findings, valid_from, state, verdict, check_seq, progress, map_version, parts,
       bytes, added, changed, closed, unchanged, faults, overlapping, gaps, households_moved, workers_moved, orders_moved, recipients_moved,
       created_at, updated_at, checked_at, applied_at
  FROM grid_change
 WHERE ($1::smallint = 0 OR state = $1) AND (created_at, id) < ($2, $3)
 ORDER BY created_at DESC, id DESC
 LIMIT $4
