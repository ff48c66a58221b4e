-- These orders were dispatched or ended without a place: their words are not needed any more, nor is the look-up.
UPDATE order_address SET words = NULL, due_at = NULL
 WHERE order_id = ANY ($1::uuid[]) AND (words IS NOT NULL OR due_at IS NOT NULL)
