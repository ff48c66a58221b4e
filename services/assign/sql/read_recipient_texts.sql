-- In: a recipient; at most so many. Out: its wrapped key and the words of its events, newest first. No row: no such recipient.
SELECT r.wrapped_key, t.event_id, t.sealed
  FROM key_recipient r LEFT JOIN recipient_text t ON t.recipient_id = r.id
 WHERE r.id = $1::uuid ORDER BY t.event_id DESC NULLS LAST LIMIT $2::int
