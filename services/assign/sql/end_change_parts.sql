-- What was sent for changes that are over is not needed any more.
DELETE FROM grid_change_part WHERE change_id = ANY($1::uuid[])
