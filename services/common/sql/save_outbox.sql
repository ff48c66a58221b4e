-- in: $1 slot, $2 partitions, $3 seqs, $4 event ids, $5 events, $6 recorded at.
INSERT INTO outbox (slot, partition, seq, event_id, event, recorded_at)
SELECT $1, p, s, i, e, $6 FROM unnest($2::smallint[], $3::bigint[], $4::uuid[], $5::bytea[]) AS t (p, s, i, e);
