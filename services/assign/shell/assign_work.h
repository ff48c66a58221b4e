/* assign_work.h - what one batch of assign knows and has decided so far; shared by the files that decide
 *
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ASSIGN_WORK_H
#define ASSIGN_SHELL_ASSIGN_WORK_H

#include "assign/core/order_step.h"
#include "assign/core/order_view.h"
#include "assign/shell/address_batch.h"
#include "assign/shell/assign_import.h"
#include "assign/shell/assign_regrid.h"
#include "assign/shell/assign_store.h"
#include "assign/shell/change_commands.h"
#include "assign/shell/city.h"
#include "assign/shell/people_work.h"
#include "assign/shell/place_import.h"
#include "assign/shell/recipient_decide.h"
#include "common/relay/engine.h"

struct assign_work {
    struct order_view view;
    struct assignment *assignments; /* newest first */
    struct said *said;
    struct loads loads; /* open orders, where they decide */
    struct assign_import import;
    struct recipient_work recipients;
    struct people_work people;
    struct assign_addresses addresses;
    struct place_import places;
    struct change_work changes;
    struct regrid_work regrid;
    size_t ids, requests; /* orders asked for */
    bool tick;
};

/* What a change says besides the order itself. */
struct assign_words_said {
    const char *text; /* NULL: none */
    bool contacted_requester;
    int reason;              /* paidan.assign.v1.ChangeReason */
    const char *grid_change; /* UUID of the change of the map that led to it; NULL: none */
};

struct city *assign_city(const struct batch *batch);

/* The grid whose people answer for the order: that of record while it exists, else the one at its place. NULL: none. */
const struct map_grid *assign_grid_of(struct city *city, const struct order *order);

/* Asks the place or the grid of an order for the map, and that is still being read? Such an order waits, see assign_decide.c. */
bool assign_lacks_map(struct city *city, const struct order *order);

/* The answer to a command that needs the map while it is being read: 503, try again. */
void assign_refuse_without_map(struct batch *batch, struct input *input);

/* Who gets the order in this grid (NULL: nobody): who is on duty there, with the load of this batch counted; within a rank who has the
 * skill that the order demands goes first. */
struct order_target assign_target(struct batch *batch, const struct order *order, const struct map_grid *grid);

/* Puts orders that were read later into the view, as adrift. false: no memory. */
bool assign_put_rows(struct batch *batch, const struct pg_result *rows);

/* Takes the plan over into the view and records its event. */
void assign_record(struct batch *batch, struct input *input, struct order_slot *slot, const struct order_plan *plan,
                   const struct assign_words_said *words);

/* One assign_decide_*() for each kind of input. */
void assign_decide_event(struct batch *batch, struct input *input);
void assign_decide_command(struct batch *batch, struct input *input);
void assign_decide_tick(struct batch *batch, struct input *input);

/* The order that a command names; false: it names none. */
bool assign_command_id(const struct input *input, uint8_t ret_id[16]);
/* The code of the grid that a command names; "": none. */
const char *assign_command_grid(const struct input *input);

#endif
