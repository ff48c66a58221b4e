-- in: $1 consumer, $2 bigint[16].
INSERT INTO outbox_confirm (consumer, watermarks) VALUES ($1, $2)
ON CONFLICT (consumer) DO UPDATE SET watermarks = excluded.watermarks, at = clock_timestamp();
