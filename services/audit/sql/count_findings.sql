-- out: how many findings of each kind.
SELECT kind, count(*)
  FROM finding
 GROUP BY kind
 ORDER BY kind
