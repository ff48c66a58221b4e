-- Places or aliases change in this transaction.
UPDATE gazetteer_version SET version = version + 1
