-- The grid changes with these ids, locked: a check that ends meanwhile waits, or is seen.
SELECT id, version, kind, layer, mode, title, tolerance_m2, accept_findings, valid_from, state, verdict, check_seq, progress, map_version, parts,
       bytes, added, changed, closed, unchanged, faults, overlapping, gaps, households_moved, workers_moved, orders_moved, recipients_moved,
       created_at, updated_at, checked_at, applied_at
  FROM grid_change
 WHERE id = ANY($1)
 ORDER BY id
   FOR UPDATE
