-- The names of all divisions.
SELECT code, name FROM division ORDER BY code COLLATE "C"
