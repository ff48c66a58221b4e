-- In: request. Out: its events' words, sealed, oldest first.
SELECT event_id, sealed FROM event_text WHERE request_id = $1::uuid ORDER BY event_id
