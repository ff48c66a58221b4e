-- The words of this batch's events.
INSERT INTO event_text (event_id, request_id, salt, text)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::text[])
