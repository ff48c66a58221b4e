-- What an earlier check staged.
DELETE FROM grid_change_feature WHERE change_id = $1
