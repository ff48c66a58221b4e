/* recipient_store.h - the key recipients that a batch touches: loaded, found, written
 *
 * Use       recipient_is_due() tells which commands are about recipients; recipient_ask(), recipient_read(), then recipient_find()
 *           and the pages while they are decided, then recipient_save().
 * Promise   two inputs of a batch on one recipient get the same slot, so each sees what the other did. One statement a table.
 * Fails     as pg_queue(); PD_RETRY when the batch is out of memory.
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_RECIPIENT_STORE_H
#define ASSIGN_SHELL_RECIPIENT_STORE_H

#include "assign/shell/recipient_secret.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

enum { RECIPIENT_PAGE = 20, RECIPIENT_PAGE_MAX = 50 };

struct recipient {
    uint8_t id[16];
    int64_t version;
    int category;
    double lat, lng; /* WGS84; 0 when erased */
    const char *grid;
    int64_t marked_at_us, unmarked_at_us;
    struct recipient_secret secret;
};

struct recipient_slot {
    struct recipient row;
    bool is_new, changed;
    struct recipient_slot *next; /* of the same hash */
};

/* One page of a grid that was asked for; hangs at input->work. */
struct recipient_page {
    const char *grid;
    uint8_t after[16];
    int32_t limit;
    struct recipient_slot *rows[RECIPIENT_PAGE_MAX + 1]; /* one more tells whether there is a next page */
    size_t count;
};

/* The words of an event of this batch. */
struct recipient_said {
    uint8_t recipient_id[16], event_id[16];
    struct recipient_bytes sealed;
    struct recipient_said *next;
};

struct recipient_work {
    bool any; /* the batch has such commands */
    struct recipient_page **pages;
    size_t page_count, id_count;
    struct recipient_slot *slots, **heads;
    size_t count, capacity, buckets;
    struct recipient_said *said;
};

bool recipient_is_due(const struct input *input);

enum pd_fate recipient_ask(struct batch *batch, struct recipient_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate recipient_read(struct batch *batch, struct recipient_work *work, struct pg *pg, struct pd_err *reterr);
enum pd_fate recipient_save(struct batch *batch, const struct recipient_work *work, struct pg *pg,
                            struct pd_err *reterr);

/* NULL: no such recipient. */
struct recipient_slot *recipient_find(const struct recipient_work *work, const uint8_t id[16]);
/* Takes a new one in. NULL: no room, which there is for one of each input. */
struct recipient_slot *recipient_put(struct recipient_work *work, const struct recipient *row);

/* The id that a command names; false: none that could be one. */
bool recipient_command_id(const struct input *input, uint8_t ret_id[16]);
/* What a list asks for; a sentence when it cannot be answered, else NULL. */
const char *recipient_page_of(const struct input *input, struct recipient_page *ret_page);

#endif
