-- in: $1 id.
SELECT source, body, replayed_at FROM dead_letter WHERE id = $1;
