-- In: day. Out: the last number given on it, locked; no row on the day's first batch.
SELECT last FROM request_number WHERE day = $1::int FOR UPDATE
