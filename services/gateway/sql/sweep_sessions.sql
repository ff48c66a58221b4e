-- Forgets sessions that ended a week ago; at most 10,000 at a time.
DELETE FROM session WHERE token_hash IN (
    SELECT token_hash FROM session WHERE expires_at < clock_timestamp() - interval '7 days' ORDER BY expires_at LIMIT 10000);
