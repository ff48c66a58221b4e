-- in: $1 after id, $2 limit.
SELECT id, source, reason, body, at, replayed_at FROM dead_letter WHERE id > $1 ORDER BY id LIMIT $2;
