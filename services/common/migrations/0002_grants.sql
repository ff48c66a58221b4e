-- What the login role may do beyond the default (SELECT, INSERT, UPDATE): old answers and marks are removed, a slot of the
-- outbox is emptied as a whole. An event once written cannot be changed or removed alone.

GRANT DELETE ON writer_mark, idempotency TO :service;
GRANT TRUNCATE ON outbox_0, outbox_1, outbox_2 TO :service;
REVOKE UPDATE ON outbox, outbox_0, outbox_1, outbox_2 FROM :service;
