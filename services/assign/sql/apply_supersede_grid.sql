-- What was known of the outlines that an applied change draws anew or ends is no longer believed from its beginning on.
-- $1 change, $2 valid_from, $3 now.
UPDATE grid g
   SET superseded_at = $3
  FROM grid_change_feature f
 WHERE f.change_id = $1 AND f.level = 4 AND f.act <> 4 AND g.code = f.code AND g.superseded_at = 'infinity' AND g.valid_to > $2
