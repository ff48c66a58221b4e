-- When the next outline begins or ends after $1; NULL: never.
SELECT min(at)
  FROM (SELECT valid_from AS at FROM grid WHERE superseded_at = 'infinity' AND valid_from > $1
        UNION ALL
        SELECT valid_to FROM grid WHERE superseded_at = 'infinity' AND valid_to > $1 AND valid_to < 'infinity'
        UNION ALL
        SELECT valid_from FROM division_outline WHERE superseded_at = 'infinity' AND valid_from > $1
        UNION ALL
        SELECT valid_to FROM division_outline WHERE superseded_at = 'infinity' AND valid_to > $1 AND valid_to < 'infinity') boundary
