/* intake_held.h - the requests that a batch holds: rows as loaded, changed and new, found by id or number
 *
 * Use       intake_set_new() in read(); intake_set_add() for each row loaded or registered; intake_set_find() in decide();
 *           save() walks the list. Two inputs on one request get the same struct held, so each sees what the other did.
 * Promise   a row that is added twice (by id and by number) is kept once: the first stays.
 * Fails     NULL or false when the arena is full.
 * Memory    everything in the arena of the batch; the set borrows it. Threads the writer's. */
#ifndef INTAKE_SHELL_INTAKE_HELD_H
#define INTAKE_SHELL_INTAKE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "intake/core/intake_row.h"
#include "intake/shell/intake_personal.h"

struct pg_result;

struct held {
    struct intake_row row;
    struct intake_secret secret;
    bool is_new;
    bool changed;  /* by an event of intake */
    bool mirrored; /* by an event of assign */
    bool resealed; /* secret.sealed differs from the table */
    bool due;      /* loaded by the timer */
};

struct held_text {
    uint8_t request_id[16];
    uint8_t event_id[16];
    const uint8_t *sealed;
    size_t length;
};

struct intake_set {
    struct pd_arena *arena;
    struct held **list;
    size_t count, capacity;
    struct held **by_id, **by_number; /* open addressing, mask + 1 places */
    size_t mask;
    struct held_text *texts;
    size_t text_count, text_capacity;
    int32_t day;
    int64_t day_last; /* given so far; changed when numbers were given */
    int64_t day_loaded;
};

struct intake_set *intake_set_new(struct pd_arena *arena, size_t rows_max, size_t texts_max);
/* A fresh struct held with this row, or the one that is there already. */
struct held *intake_set_add(struct intake_set *set, const struct intake_row *row);
struct held *intake_set_find(const struct intake_set *set, const uint8_t id[16]);
struct held *intake_set_find_number(const struct intake_set *set, const char *number);
/* Room for one more text; NULL when more come than there are inputs. */
struct held_text *intake_set_text(struct intake_set *set);

/* Row and secret number i of a result with the columns of sql/lock_requests.sql. The secret borrows the result. */
void intake_row_of(const struct pg_result *result, int i, struct intake_row *ret_row, struct intake_secret *ret_secret);

#endif
