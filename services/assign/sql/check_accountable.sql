-- These grids ($1) are complete up to $2, whatever city_version.walked_to says.
UPDATE accountable SET checked_at = $2 WHERE grid = ANY($1) AND until = 'infinity'
