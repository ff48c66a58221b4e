-- What an earlier check found.
DELETE FROM grid_change_fault WHERE change_id = $1
