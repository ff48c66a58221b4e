-- One worker.
SELECT w.id, w.name, array_to_string(w.skills, ','), (SELECT count(*) FROM assignment a WHERE a.worker_id = w.id AND a.ended_at IS NULL)
  FROM worker w WHERE w.id = $1
