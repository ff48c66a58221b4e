/* notify_words.h - deliveries in the words of the wire
 *
 * Use       for replies and pushes.
 * Fails     NULL when the arena is full.
 * Memory    in the arena, or in the caller's struct.
 * Threads   any. */
#ifndef NOTIFY_SHELL_NOTIFY_WORDS_H
#define NOTIFY_SHELL_NOTIFY_WORDS_H

#include "common/base/arena.h"
#include "notify/core/notify_view.h"
#include "paidan/notify/v1/notify.pb-c.h"

/* The 36-character form. */
char *notify_id_text(struct pd_arena *arena, const uint8_t id[16]);

/* Sets *at and returns it; NULL for the time 0, which stands for "not". */
Google__Protobuf__Timestamp *notify_timestamp(Google__Protobuf__Timestamp *at, int64_t at_us);

Paidan__Notify__V1__Delivery *notify_delivery_words(struct pd_arena *arena, const struct notify_delivery *delivery);

#endif
