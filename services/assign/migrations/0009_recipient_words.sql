-- Key recipients: erasure, and the words of their events.

-- version counts every event about the recipient, reads included: they must be as dense in the log as any other.
COMMENT ON COLUMN key_recipient.version IS 'counts every event about the recipient, reads included';

-- Erased is unmarked, without a key and without a place. grid and category alone point at nobody.
ALTER TABLE key_recipient ALTER lat DROP NOT NULL, ALTER long DROP NOT NULL;
ALTER TABLE key_recipient
    ADD CONSTRAINT key_recipient_erased CHECK ((wrapped_key IS NULL) = (lat IS NULL) AND (lat IS NULL) = (long IS NULL)),
    ADD CONSTRAINT key_recipient_live CHECK (wrapped_key IS NOT NULL OR unmarked_at IS NOT NULL),
    ADD CONSTRAINT key_recipient_times CHECK (unmarked_at >= marked_at);
-- A read raises the version and touches no index (HOT), where the page has room.
ALTER TABLE key_recipient SET (fillfactor = 80);

-- Purposes and reasons, sealed with the recipient's key: they go with it.
CREATE TABLE recipient_text (
    recipient_id uuid NOT NULL,
    event_id uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (recipient_id, event_id)
);
