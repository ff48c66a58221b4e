-- From now on orders, recipients and posts follow an applied change. $1 change, $2 now.
UPDATE grid_change SET begun_at = $2 WHERE id = $1
