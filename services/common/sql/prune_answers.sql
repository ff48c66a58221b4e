-- Answers older than the published 7 days, a little at a time.
DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency WHERE at < clock_timestamp() - interval '7 days' LIMIT 5000));
