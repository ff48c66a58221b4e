-- New grid changes.
INSERT INTO grid_change (id, version, kind, layer, mode, title, tolerance_m2, accept_findings, valid_from, state, created_at, updated_at)
SELECT n.id, n.version, n.kind, n.layer, n.mode, n.title, n.tolerance_m2, n.accept_findings, n.valid_from, n.state, $11, $11
  FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::float8[], $8::boolean[],
              $9::timestamptz[], $10::smallint[])
       AS n(id, version, kind, layer, mode, title, tolerance_m2, accept_findings, valid_from, state)
