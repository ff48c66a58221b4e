-- The place parts of the addresses of these orders.
SELECT order_id, words FROM order_address WHERE order_id = ANY ($1::uuid[]) AND words IS NOT NULL
