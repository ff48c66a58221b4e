-- Orders whose address is to be looked up, oldest first. $1 now, $2, $3 continue after, $4 rows.
SELECT order_id, request_id, due_at FROM order_address
 WHERE due_at <= $1 AND (due_at, order_id) > ($2, $3)
 ORDER BY due_at, order_id
 LIMIT $4
