-- Moves the marks over events that had no effect here. in: $1 producer, $2 from, $3 to. No row: another copy moved them meanwhile.
UPDATE inbox SET watermarks = $3 WHERE producer = $1 AND watermarks = $2;
