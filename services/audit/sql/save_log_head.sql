-- in: $1 size, $2 counts per type.
UPDATE log_head
   SET size = $1::bigint,
       counts = $2::bigint[]
