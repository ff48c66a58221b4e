-- The newest version of these grids, as known now, with the highest version number ever given.
SELECT DISTINCT ON (code) code, version, layer, community, name, outline, valid_from,
       (SELECT max(version) FROM grid m WHERE m.code = g.code)
  FROM grid g
 WHERE code = ANY($1) AND superseded_at = 'infinity'
 ORDER BY code, valid_from DESC
