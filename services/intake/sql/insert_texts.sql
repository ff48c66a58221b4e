-- In: arrays of request, event, sealed text.
INSERT INTO event_text (request_id, event_id, sealed)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bytea[])
