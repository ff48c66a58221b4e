-- In: arrays of request, event, sealed text.
INSERT INTO event_text (request_id, event_id, sealed)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
