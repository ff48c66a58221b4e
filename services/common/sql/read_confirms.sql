-- out: what each consumer last reported.
SELECT consumer, watermarks FROM outbox_confirm;
