-- The words of this batch's events about recipients, each sealed with the key of its recipient.
INSERT INTO recipient_text (recipient_id, event_id, sealed)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bytea[])
