-- in: $1 producers.
INSERT INTO inbox (producer) SELECT unnest($1::text[]) ON CONFLICT (producer) DO NOTHING;
