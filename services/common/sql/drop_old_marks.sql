-- Marks of writers that ended long ago.
DELETE FROM writer_mark WHERE at < clock_timestamp() - interval '1 day';
