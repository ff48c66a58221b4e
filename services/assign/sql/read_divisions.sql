-- All divisions.
SELECT code, name FROM division ORDER BY code COLLATE "C"
