-- $1 places, $2 aliases, $3 source, $4 now. What a dispatcher says once more counts once more; the places are read anew by all.
WITH said AS (
    SELECT place_id, alias, count(*) AS times FROM unnest($1::uuid[], $2::text[]) AS n(place_id, alias) GROUP BY 1, 2
), added AS (
    INSERT INTO place_alias (place_id, alias, source, uses, created_at)
    SELECT place_id, alias, $3::smallint, CASE WHEN $3::smallint = 2 THEN times ELSE 0 END, $4::timestamptz FROM said
    ON CONFLICT (place_id, alias, source) DO UPDATE SET uses = place_alias.uses + excluded.uses WHERE excluded.uses > 0
    RETURNING place_id
)
UPDATE place SET version = v.version FROM gazetteer_version v WHERE id IN (SELECT place_id FROM added)
