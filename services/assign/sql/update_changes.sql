-- What commands made of grid changes. $10 now.
UPDATE grid_change c
   SET version = n.version, state = n.state, verdict = n.verdict, check_seq = n.check_seq, progress = n.progress, parts = n.parts,
       bytes = n.bytes, valid_from = n.valid_from, updated_at = $10, applied_at = CASE WHEN n.state = 8 THEN $10 END
  FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::smallint[], $5::integer[], $6::smallint[], $7::integer[], $8::bigint[],
              $9::timestamptz[]) AS n(id, version, state, verdict, check_seq, progress, parts, bytes, valid_from)
 WHERE c.id = n.id
