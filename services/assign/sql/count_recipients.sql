-- In: the first and the last code of grids; at most so many rows.
SELECT grid, category, count(*) FROM key_recipient
 WHERE grid BETWEEN $1::text AND $2::text AND unmarked_at IS NULL
 GROUP BY grid, category ORDER BY grid, category LIMIT $3::int
