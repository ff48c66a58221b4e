-- Locks this writer's mark for the batch. in: $1 writer uuid. out: number of its last committed batch.
SELECT batch FROM writer_mark WHERE writer = $1 FOR UPDATE;
