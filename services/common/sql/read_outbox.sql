-- What follows a number in one partition, at most a message's worth. in: $1 partition, $2 after, $3 limit.
-- One index range per slot; the primary key begins (slot, partition, seq).
SELECT seq, event FROM (
    SELECT seq, event FROM outbox WHERE slot = 0 AND partition = $1 AND seq > $2
    UNION ALL
    SELECT seq, event FROM outbox WHERE slot = 1 AND partition = $1 AND seq > $2
    UNION ALL
    SELECT seq, event FROM outbox WHERE slot = 2 AND partition = $1 AND seq > $2
) AS o ORDER BY seq LIMIT $3;
