-- A new writer process. in: $1 writer uuid.
INSERT INTO writer_mark (writer, batch) VALUES ($1, 0) ON CONFLICT (writer) DO NOTHING;
