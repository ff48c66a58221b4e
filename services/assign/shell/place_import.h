/* place_import.h - import_places: known places, checked whole and written whole
 *
 * Use       place_import_ask(), place_import_read(), then place_import_decide() for each command, then place_import_save().
 * Promise   a command with any fault changes nothing and gets the list of its faults. The same import twice changes nothing the second
 *           time. A place without an id is the one of the same kind, name, division, first number and parity, or a new one.
 * Fails     as pg_queue().
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_PLACE_IMPORT_H
#define ASSIGN_SHELL_PLACE_IMPORT_H

#include "assign/core/code_map.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

enum { PLACE_ROWS_MAX = 2000, PLACE_ALIASES_MAX = 20 };

struct place_accepted;

struct place_import {
    bool any;
    struct code_map divisions, places; /* places: by what makes them one; known is their id */
    struct place_accepted *accepted, **accepted_end;
};

bool place_import_is_mine(const struct input *input);
enum pd_fate place_import_ask(struct batch *batch, struct place_import *import, struct pg *pg, struct pd_err *reterr);
enum pd_fate place_import_read(struct batch *batch, struct place_import *import, struct pg *pg, struct pd_err *reterr);
void place_import_decide(struct batch *batch, struct place_import *import, struct input *input);
enum pd_fate place_import_save(struct batch *batch, const struct place_import *import, struct pg *pg,
                               struct pd_err *reterr);

#endif
