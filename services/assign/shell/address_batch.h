/* address_batch.h - orders that came with an address only: waiting for their place, and what a place makes of them
 *
 * Use       address_await() when an order is accepted without coordinates. Its place comes with the command place_order (from
 *           place_finder.h) or place (a dispatcher); both go through address_ask(), address_read(), address_decide(), address_save().
 * Promise   an order waits for its look-up outside the manual queue for ADDRESS_PATIENCE_US, then inside; the look-up goes on. A sure
 *           match dispatches as coordinates would. A place chosen by a dispatcher is remembered under the address's words.
 *           Words of an address are kept while no place is known and the order is not dispatched, no longer.
 * Fails     as pg_queue().
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ADDRESS_BATCH_H
#define ASSIGN_SHELL_ADDRESS_BATCH_H

#include "assign/core/order_view.h"
#include "assign/shell/map.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

enum { ADDRESS_PATIENCE_US = 30 * 1000000 };

struct address_note;
struct address_learnt;
struct address_known;
struct address_words;

/* What a batch knows and decides about addresses. */
struct assign_addresses {
    bool any; /* a command place is there */
    struct address_known *known;
    size_t known_count;
    struct address_words *words;
    size_t words_count;
    struct address_note *notes; /* newest first */
    struct address_learnt *learnt;
    size_t awaiting; /* of the notes */
};

/* Is this one of the commands of this file? */
bool address_is_mine(const struct input *input);
/* The order it names; false: none. */
bool address_command_id(const struct input *input, uint8_t ret_id[16]);

enum pd_fate address_ask(struct batch *batch, struct assign_addresses *addresses, struct pg *pg, struct pd_err *reterr);
enum pd_fate address_read(struct batch *batch, struct assign_addresses *addresses, struct pg *pg,
                          struct pd_err *reterr);
/* The grid that the command would lead to; NULL: none. Needs a fresh city. */
const struct map_grid *address_grid(struct batch *batch, const struct input *input);

void address_await(struct batch *batch, struct order_slot *slot);
void address_decide(struct batch *batch, struct input *input);
enum pd_fate address_save(struct batch *batch, const struct assign_addresses *addresses, struct pg *pg,
                          struct pd_err *reterr);

#endif
