-- What the communities will be whose grids are among the features: those who answer are the given posts, else those of the grids that
-- are replaced, else those of the grid itself.
WITH f AS (SELECT * FROM grid_change_feature WHERE change_id = $1 AND level = 4 AND act <> 3),
     post AS (
    SELECT f.parent, p.worker_id FROM f JOIN grid_change_post p ON p.change_id = f.change_id AND p.grid = f.code
    UNION
    SELECT f.parent, w.worker_id
      FROM f JOIN grid_worker w ON w.valid_to = 'infinity'
                               AND w.grid = ANY(CASE WHEN f.act = 1 AND f.replaces <> '{}' THEN f.replaces ELSE ARRAY[f.code] END)
     WHERE NOT EXISTS (SELECT FROM grid_change_post p WHERE p.change_id = f.change_id AND p.grid = f.code))
SELECT f.parent,
       coalesce((SELECT d.name FROM grid_change_feature d WHERE d.change_id = $1 AND d.code = f.parent),
                (SELECT d.name FROM division d WHERE d.code = f.parent), ''),
       count(*)::int, sum(f.households)::int, (SELECT count(DISTINCT worker_id)::int FROM post WHERE post.parent = f.parent),
       sum(f.orders)::int, sum(f.recipients)::int
  FROM f
 GROUP BY f.parent
 ORDER BY f.parent
 LIMIT 200
