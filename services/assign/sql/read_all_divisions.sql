-- All divisions.
SELECT code FROM division ORDER BY code COLLATE "C"
