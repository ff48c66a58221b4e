-- $1 leaves, $2 now.
UPDATE leave SET cancelled_at = $2 WHERE id = ANY($1) AND cancelled_at IS NULL
