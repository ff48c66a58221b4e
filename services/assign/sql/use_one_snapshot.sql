-- First in a transaction of several reads: all of them see the same instant.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY
