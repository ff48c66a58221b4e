-- The words of this batch's events.
INSERT INTO event_text (event_id, request_id, salt, text)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bytea[]), unnest($4::text[])
