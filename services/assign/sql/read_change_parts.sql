-- One part of the features.
SELECT geojson FROM grid_change_part WHERE change_id = $1 AND part = $2
