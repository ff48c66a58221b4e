-- Which matters demand a skill.
SELECT prefix, skill FROM service_skill WHERE skill <> '' ORDER BY prefix
