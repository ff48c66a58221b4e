-- in: $1 slot, $2 partitions, $3 seqs, $4 event ids, $5 events, $6 recorded at.
INSERT INTO outbox (slot, partition, seq, event_id, event, recorded_at)
SELECT $1, unnest($2::smallint[]), unnest($3::bigint[]), unnest($4::uuid[]),
       unnest($5::bytea[]), $6;
