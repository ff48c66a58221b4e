-- In: day, last number given.
UPDATE request_number SET last = $2::bigint WHERE day = $1::int
