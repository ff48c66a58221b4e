/* assign_import.h - import_city: divisions, grids, workers and shifts, checked whole and written whole
 *
 * Use       import_ask(), import_read(), then import_decide() for each command, then import_save().
 * Promise   a command with any fault changes nothing and gets the list of its faults. The same import twice changes nothing
 *           the second time; a grid gets a new version only when it differs. Later rows of a batch win over earlier ones.
 * Fails     as pg_queue().
 * Memory    of the batch.
 * Threads   the writer thread. */
#ifndef ASSIGN_SHELL_ASSIGN_IMPORT_H
#define ASSIGN_SHELL_ASSIGN_IMPORT_H

#include "assign/core/code_map.h"
#include "common/io/pg.h"
#include "common/relay/engine.h"

enum { IMPORT_ROWS_MAX = 2000, IMPORT_FAULTS_MAX = 20, WORKER_SKILLS_MAX = 16, SERVICE_SKILLS_MAX = 256 };

struct accepted_import;
struct known_grid;

struct assign_import {
    bool any;                                  /* the batch has such commands */
    struct code_map divisions, workers, grids; /* grids: known is a struct known_grid */
    unsigned claims;                           /* commands looked at */
    struct accepted_import *accepted, **accepted_end;
    struct known_grid *changed, **changed_end;
};

/* Does this actor's command come so far that its rows are looked at? */
bool import_is_due(const struct input *input);

enum pd_fate import_ask(struct batch *batch, struct assign_import *import, struct pg *pg, struct pd_err *reterr);
enum pd_fate import_read(struct batch *batch, struct assign_import *import, struct pg *pg, struct pd_err *reterr);
/* geos: a GEOSContextHandle_t. */
void import_decide(struct batch *batch, struct assign_import *import, void *geos, struct input *input);
enum pd_fate import_save(struct batch *batch, const struct assign_import *import, struct pg *pg, struct pd_err *reterr);

#endif
